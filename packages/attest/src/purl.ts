/** Parts of a package URL (ECMA-427). */
export interface Purl {
  /** The ecosystem, such as `deb` or `npm`. */
  readonly type: string
  /** Segments are separated by `/`; empty counts as absent. */
  readonly namespace?: string
  readonly name: string
  readonly version?: string
  /** Those with an empty value count as absent. */
  readonly qualifiers?: Readonly<Record<string, string>>
}

/**
 * The canonical text of a package URL: normalised as its type asks for, percent-encoded, qualifiers
 * sorted.
 */
export function formatPurl(purl: Purl): string {
  const { type, namespace = '', name, version = '', qualifiers = {} } = normalize(purl)
  const segments = [...namespace.split('/'), name].filter((segment) => segment !== '').map(encode)
  const query = Object.entries(qualifiers)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `${key.toLowerCase()}=${encode(value)}`)
    .sort()
  return `pkg:${type}/${segments.join('/')}${version === '' ? '' : `@${encode(version)}`}${query.length === 0 ? '' : `?${query.join('&')}`}`
}

/** Rules of the types for case and punctuation. */
function normalize(purl: Purl): Purl {
  const { namespace = '', name } = purl
  switch (purl.type) {
    case 'apk':
    case 'composer':
    case 'deb':
    case 'golang':
      return { ...purl, namespace: namespace.toLowerCase(), name: name.toLowerCase() }
    case 'rpm':
      return { ...purl, namespace: namespace.toLowerCase() }
    case 'pypi':
      return { ...purl, name: name.toLowerCase().replaceAll('_', '-') }
    default:
      return purl
  }
}

/** Everything is encoded but letters, digits, `.-_~` and the colon. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%3A', ':')
}
