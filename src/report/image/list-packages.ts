import { scanTree } from '@tsbuild/attest'
import { type Diff, layeredView } from '@tsbuild/tree'
import type { InstalledPackage } from '../model/image-report.ts'

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
