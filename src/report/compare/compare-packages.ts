import type { PackageChange } from '../model/comparison.ts'
import type { InstalledPackage } from '../model/image-report.ts'

/**
 * Packages that differ, in the order of their types and names. A package that is installed in
 * several versions has them joined.
 */
export function comparePackages(
  before: readonly InstalledPackage[],
  after: readonly InstalledPackage[],
): readonly PackageChange[] {
  const [old, now] = [versionsOf(before), versionsOf(after)]
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((key): readonly PackageChange[] => {
    const [left, right] = [old.get(key), now.get(key)]
    if (left === right) return []
    const [type = '', name = ''] = key.split('\0')
    return [{ type, name, ...(left !== undefined && { before: left }), ...(right !== undefined && { after: right }) }]
  })
}

function versionsOf(packages: readonly InstalledPackage[]): ReadonlyMap<string, string> {
  const versions = new Map<string, Set<string>>()
  for (const { type, name, version = 'unknown' } of packages) {
    const key = `${type}\0${name}`
    versions.set(key, (versions.get(key) ?? new Set()).add(version))
  }
  return new Map([...versions].map(([key, all]) => [key, [...all].sort().join(', ')]))
}
