import type { Catalogue } from './catalogue.ts'
import { defined } from './defined.ts'
import type { FoundPackage } from './found-package.ts'
import { readField, parseStanzas, type Stanza } from './stanzas.ts'

/** Below the fields comes the description, which is not read. */
const mostBytes = 256 << 10

const record = /\.(?:dist-info\/METADATA|egg-info\/PKG-INFO|egg-info)$/i

/** Packages of Python: what pip and setuptools write beside an installed package. */
export const python: Catalogue = {
  claims: ({ path }) => record.test(path),
  async *read(file, { files }) {
    const text = (await files.head(file, mostBytes)).toString('utf8')
    const [stanza] = parseStanzas(text)
    const name = stanza && readField(stanza, 'name')
    const version = stanza && readField(stanza, 'version')
    if (stanza === undefined || name === undefined || version === undefined)
      throw new Error('it does not name its package')
    yield {
      name,
      version,
      purl: { type: 'pypi', name, version },
      source: file.path,
      ...readLicenses(stanza),
      ...defined({ originator: readAuthor(stanza), homepage: readField(stanza, 'home-page') }),
    }
  },
}

/**
 * An expression if there is one; else the free text if it is a name and not a whole licence; else
 * the classifiers.
 */
function readLicenses(stanza: Stanza): Pick<FoundPackage, 'licenses'> {
  const expression = readField(stanza, 'license-expression')
  const free = readField(stanza, 'license')
  const classifiers = (stanza.get('classifier') ?? []).flatMap((text) =>
    text.startsWith('License :: ') ? (text.split(' :: ').at(-1) ?? []) : [],
  )
  const named = free === undefined || free.includes('\n') || free.toUpperCase() === 'UNKNOWN' ? [] : [free]
  const terms = expression !== undefined ? [expression] : named.length > 0 ? named : classifiers
  return terms.length === 0 ? {} : { licenses: { terms, joined: 'AND' } }
}

function readAuthor(stanza: Stanza): string | undefined {
  const name = readField(stanza, 'author')
  const email = readField(stanza, 'author-email')
  if (name === undefined || name.toUpperCase() === 'UNKNOWN') return email
  return email === undefined || email.includes('<') ? name : `${name} <${email}>`
}
