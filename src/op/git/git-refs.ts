/** A commit of a repository and how it is called there. */
export interface GitCommit {
  readonly commit: string
  /** Full name: `refs/heads/main`. Absent for a commit that was requested by its id. */
  readonly name?: string
  /** The tag object, where the name is an annotated tag. */
  readonly tag?: string
}

/** True if a ref is the full id of a commit (SHA-1 or SHA-256). */
export function isCommitId(ref: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(ref)
}

/**
 * Commit of `ref` in the answer of `git ls-remote --symref`: a name below `refs/`, else a branch,
 * else a tag. A tag is the commit it points to. Without a ref it is the default branch.
 */
export function findCommit(listing: string, ref: string | undefined): GitCommit | undefined {
  const lines = listing.split('\n').map((line) => line.split('\t'))
  const named = new Map(lines.filter(([id = '']) => isCommitId(id)).map(([id = '', name = '']) => [name, id]))
  if (ref === undefined) {
    const commit = named.get('HEAD')
    const [head] = lines.flatMap(([target = '', name]) =>
      name === 'HEAD' ? (/^ref: (refs\/heads\/[^\s:?*[\\^~]+)$/.exec(target)?.[1] ?? []) : [],
    )
    return commit === undefined ? undefined : { commit, ...(head !== undefined && { name: head }) }
  }
  const name = [`refs/${ref.replace(/^refs\//, '')}`, `refs/heads/${ref}`, `refs/tags/${ref}`].find((candidate) =>
    named.has(candidate),
  )
  const id = name === undefined ? undefined : named.get(name)
  if (name === undefined || id === undefined) return undefined
  const peeled = named.get(`${name}^{}`)
  return peeled === undefined ? { commit: id, name } : { commit: peeled, name, tag: id }
}
