import { createHash } from 'node:crypto'
import type { Digest } from '@tsbuild/oci'
import type { Path } from '@tsbuild/tree'
import { formatPurl } from '../purl.ts'
import type { FoundPackage } from '../scan/found-package.ts'
import type { OsRelease } from '../scan/os-release.ts'
import { formatActor } from './actor.ts'
import { type DeclaredLicense, declareLicense } from './license.ts'

/** A package of a document (SPDX 2.3, chapter 7), as far as documents made here have them. */
export interface SpdxPackage {
  readonly SPDXID: string
  readonly name: string
  readonly [field: string]: unknown
}

const longest = 512

/** Fields that are unknown here, and the note that the files of a package are not analysed. */
const unasserted = {
  supplier: 'NOASSERTION',
  downloadLocation: 'NOASSERTION',
  filesAnalyzed: false,
  licenseConcluded: 'NOASSERTION',
  licenseDeclared: 'NOASSERTION',
  copyrightText: 'NOASSERTION',
} as const

/** The scanned subject, as the package that contains all others. */
export function rootPackage(name: string, primaryPackagePurpose: 'CONTAINER' | 'SOURCE'): SpdxPackage {
  return { SPDXID: 'SPDXRef-Root', name: clean(name), ...unasserted, primaryPackagePurpose }
}

/**
 * The packages sorted by package URL and file, each once, and the licences that have to be spelt
 * out.
 */
export function spdxPackages(
  { packages }: { readonly packages: readonly FoundPackage[] },
  layerOf: (path: Path) => Digest | undefined,
): { readonly packages: readonly SpdxPackage[]; readonly licenses: readonly object[] } {
  const references = new Map<string, string>()
  const declare = rememberLicenses()
  const byId = new Map<string, SpdxPackage>()
  for (const { found, purl } of sorted(packages)) {
    const declared = declare(found.licenses)
    const SPDXID = packageId(found, purl)
    if (byId.has(SPDXID)) continue
    for (const [id, text] of declared?.references ?? []) references.set(id, text)
    byId.set(
      SPDXID,
      spdxPackage(found, {
        SPDXID,
        purl,
        license: declared?.expression,
        layer: layerOf(found.evidence ?? found.source),
      }),
    )
  }
  const licenses = [...references].sort(([a], [b]) => (a < b ? -1 : 1))
  return {
    packages: [...byId.values()],
    licenses: licenses.map(([licenseId, text]) => ({ licenseId, name: text, extractedText: text })),
  }
}

/**
 * The distribution as a package, which is how readers tell whose packages these are; undefined
 * where nothing says which it is.
 */
export function systemPackage({ id, name, version, cpe }: OsRelease): SpdxPackage | undefined {
  if (id === 'linux') return undefined
  const cpeType = cpe === undefined ? undefined : formatCpeType(cpe)
  return {
    SPDXID: `SPDXRef-OperatingSystem-${idText(id)}`,
    name: id,
    ...(version !== undefined && { versionInfo: clean(version) }),
    ...(name !== undefined && { description: clean(name) }),
    ...unasserted,
    primaryPackagePurpose: 'OPERATING_SYSTEM',
    ...(cpeType !== undefined && {
      externalRefs: [{ referenceCategory: 'SECURITY', referenceType: cpeType, referenceLocator: cpe }],
    }),
  }
}

interface Resolved {
  readonly SPDXID: string
  readonly purl: string
  readonly license: string | undefined
  readonly layer: Digest | undefined
}

function spdxPackage(found: FoundPackage, { SPDXID, purl, license, layer }: Resolved): SpdxPackage {
  return {
    SPDXID,
    name: clean(found.name),
    ...(found.version !== undefined && { versionInfo: clean(found.version) }),
    ...unasserted,
    supplier: formatActor(found.supplier),
    ...(found.originator !== undefined && { originator: formatActor(found.originator) }),
    ...(found.homepage !== undefined && isUrl(found.homepage) && { homepage: found.homepage }),
    sourceInfo: `found in /${clean(found.source)}`,
    licenseDeclared: license ?? 'NOASSERTION',
    ...(layer !== undefined && { comment: `layerID: ${layer}` }),
    externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
  }
}

function sorted(packages: readonly FoundPackage[]): readonly { readonly found: FoundPackage; readonly purl: string }[] {
  return packages
    .map((found) => ({ found, purl: formatPurl(found.purl), source: found.source }))
    .sort((a, b) => compare(a.purl, b.purl) || compare(a.source, b.source))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Says what it is to people, and is different for every package and place. */
function packageId({ name, source }: FoundPackage, purl: string): string {
  const hash = createHash('sha256')
    .update(JSON.stringify([purl, source]))
    .digest('hex')
  return `SPDXRef-Package-${[idText(name), hash.slice(0, 16)].filter((part) => part !== '').join('-')}`
}

/** Identifiers are of letters, digits, dots and dashes. */
function idText(text: string): string {
  return text
    .slice(0, 80)
    .replace(/[^A-Za-z0-9.]+/g, '-')
    .replace(/^-+|-+$/g, '')
}

function rememberLicenses(): (licenses: FoundPackage['licenses']) => DeclaredLicense | undefined {
  const known = new Map<string, DeclaredLicense | undefined>()
  return (licenses) => {
    if (licenses === undefined) return undefined
    const key = JSON.stringify(licenses)
    if (!known.has(key)) known.set(key, declareLicense(licenses.terms, licenses.joined))
    return known.get(key)
  }
}

/** One line of bounded length. */
function clean(text: string): string {
  return text
    .toWellFormed()
    .replace(/\p{Cc}+/gu, ' ')
    .slice(0, longest)
}

function isUrl(text: string): boolean {
  return text.length <= longest && /^https?:\/\/[\w.-]+(:\d+)?([/?#][!#-;=?-[\]_a-z~]*)?$/.test(text)
}

function formatCpeType(cpe: string): string | undefined {
  if (/^cpe:2\.3:[aho*-](:[\w.~!%*?\\/+@#$^&()[\]{};,<>=|"'`-]+){10}$/i.test(cpe)) return 'cpe23Type'
  return /^cpe:\/[aho](:[\w.~%-]*){0,6}$/i.test(cpe) ? 'cpe22Type' : undefined
}
