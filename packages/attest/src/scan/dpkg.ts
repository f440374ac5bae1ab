import type { Path } from '@tsbuild/tree'
import type { Catalogue, ScanContext } from './catalogue.ts'
import { debianLicenses } from './debian-copyright.ts'
import { defined } from './defined.ts'
import type { FoundPackage } from './found-package.ts'
import { distroName } from './os-release.ts'
import { readField, parseStanzas, type Stanza } from './stanzas.ts'

const database = 'var/lib/dpkg'
const mostBytes = 64 << 20

/**
 * Packages of Debian and its relatives: dpkg's status file, or a file for each package as in images
 * without dpkg.
 */
export const dpkg: Catalogue = {
  claims: ({ path }) =>
    path.startsWith(database) &&
    (path === `${database}/status` || (path.startsWith(`${database}/status.d/`) && !path.endsWith('.md5sums'))),
  async *read(file, context) {
    const text = (await context.files.bytes(file, mostBytes)).toString('utf8')
    for (const stanza of parseStanzas(text)) {
      const one = await readPackage(stanza, file.path, context)
      if (one) yield one
    }
  },
}

async function readPackage(stanza: Stanza, source: Path, context: ScanContext): Promise<FoundPackage | undefined> {
  const name = readField(stanza, 'package')
  const version = readField(stanza, 'version')
  const status = readField(stanza, 'status') ?? 'install ok installed'
  // Packages that are removed but for their configuration stay in the file.
  if (name === undefined || version === undefined || !status.endsWith(' installed')) return undefined
  const architecture = readField(stanza, 'architecture') ?? ''
  const { release, files } = context
  const evidence =
    files.find(`${database}/info/${name}.list`) ?? files.find(`${database}/info/${name}:${architecture}.list`)
  const terms = await copyrightTerms(name, context)
  return {
    name,
    version,
    purl: {
      type: 'deb',
      namespace: release.id === 'linux' ? 'debian' : release.id,
      name,
      version,
      qualifiers: { arch: architecture, distro: distroName(release), upstream: formatSource(stanza, version) },
    },
    source,
    ...(evidence && { evidence: evidence.path }),
    ...(terms.length > 0 && { licenses: { terms, joined: 'AND' } }),
    ...defined({ supplier: readField(stanza, 'maintainer'), homepage: readField(stanza, 'homepage') }),
  }
}

/** The source package, where name or version differ: advisories are about it. */
function formatSource(stanza: Stanza, version: string): string {
  const [, name = '', sourceVersion = ''] = /^(\S+)(?:\s+\(([^)]*)\))?/.exec(readField(stanza, 'source') ?? '') ?? []
  return sourceVersion === '' || sourceVersion === version ? name : `${name}@${sourceVersion}`
}

async function copyrightTerms(name: string, { files }: ScanContext): Promise<readonly string[]> {
  const copyright = /^[a-z0-9][a-z0-9+.-]*$/.test(name) ? files.find(`usr/share/doc/${name}/copyright`) : undefined
  return copyright === undefined ? [] : debianLicenses((await files.head(copyright, 1 << 20)).toString('utf8'))
}
