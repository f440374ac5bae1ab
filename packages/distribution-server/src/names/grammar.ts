/**
 * Most characters of a repository name. Many clients allow 255 for host, slash and name together
 * (distribution-spec § Pulling manifests).
 */
const longestName = 255

const nameComponent = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const namePattern = new RegExp(`^${nameComponent}(?:/${nameComponent})*$`)
const tagPattern = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/

/**
 * True for the name of a repository (distribution-spec § Pulling manifests). Each component begins
 * with a letter or digit, so a name is also a safe relative path.
 */
export function isRepositoryName(text: string): boolean {
  return text.length <= longestName && namePattern.test(text)
}

/** True for a tag. It never begins with a dot or contains a slash, so it is a safe file name. */
export function isTag(text: string): boolean {
  return tagPattern.test(text)
}
