import { scanTree } from '@tsbuild/attest'
import { type Diff, layeredView, type Path } from '@tsbuild/tree'

/** A package that is installed in an image. */
export interface InstalledPackage {
  /** Ecosystem, such as `deb` or `npm`. */
  readonly type: string
  readonly name: string
  readonly version?: string
  /** As the package spells it. */
  readonly license?: string
  /** The file that names the package, without a leading slash. */
  readonly source: Path
  /** Number of the layer that has the file, from 0. */
  readonly layer?: number
}

/** Packages in the order of types, names and versions. Rejects as `scanTree` does. */
export async function listPackages(
  diffs: readonly Diff[],
  signal: AbortSignal,
): Promise<{ readonly packages: readonly InstalledPackage[]; readonly notes: readonly string[] }> {
  const scan = await scanTree(layeredView(diffs), { signal })
  const packages = scan.packages.map(({ name, version, purl, source, evidence, licenses }): InstalledPackage => {
    const path = evidence ?? source
    const layer = diffs.findLastIndex((diff) => diff.get(path)?.type === 'set')
    return {
      type: purl.type,
      name,
      source,
      ...(version !== undefined && { version }),
      ...(licenses !== undefined && { license: licenses.terms.join(` ${licenses.joined} `) }),
      ...(layer >= 0 && { layer }),
    }
  })
  const key = ({ type, name, version = '' }: InstalledPackage): string => [type, name, version].join('\0')
  const keyed = packages.map((one) => [key(one), one] as const).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  return {
    packages: keyed.map(([, one]) => one),
    notes: scan.notes.map(({ path, message }) => `packages: /${path} ${message}`),
  }
}
