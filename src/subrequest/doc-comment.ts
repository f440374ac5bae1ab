/** What the comments above a definition say about `name`: the rest of the first line that begins with it. */
export function docComment(comments: readonly string[], name: string | undefined): string | undefined {
  if (name === undefined) return undefined
  return comments.find((comment) => comment.startsWith(`${name} `))?.slice(name.length + 1)
}
