/**
 * Description of `name` in the comments above its definition: the rest of the first line that
 * begins with the name.
 */
export function docComment(comments: readonly string[], name: string | undefined): string | undefined {
  if (name === undefined) return undefined
  return comments.find((comment) => comment.startsWith(`${name} `))?.slice(name.length + 1)
}
