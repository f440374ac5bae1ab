const longest = 200

/** Words that are in names of groups rather than of people. */
const groups =
  /\b(authors?|collective|community|contributors|corp|corporation|developers|foundation|gmbh|group|inc|linux|llc|ltd|maintainers?|packagers|project|projects|security|software|team)\b/i

/**
 * Supplier or author of a package, as SPDX writes it (2.3, 7.5): `Person: Name (address)` or
 * `Organization: …`. `text` is a name, perhaps with an address in angle brackets. Any other text is
 * `NOASSERTION`.
 */
export function formatActor(text: string | undefined): string {
  const line = (text ?? '').slice(0, 2 * longest).split(/[\r\n]/)[0] ?? ''
  const open = line.indexOf('<')
  const close = line.indexOf('>', open)
  const address = open >= 0 && close > open ? line.slice(open + 1, close).trim() : ''
  const name = plain(open >= 0 ? line.slice(0, open) : line)
  const email = /^[^\s()<>@]+@[^\s()<>@]+$/.test(address) ? ` (${address})` : ''
  if (name === '') return 'NOASSERTION'
  return `${groups.test(name) ? 'Organization' : 'Person'}: ${name}${email}`
}

/** Parentheses would begin an address. */
function plain(name: string): string {
  return name
    .replace(/[()"\p{C}]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, longest)
}
