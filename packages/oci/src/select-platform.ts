import { normalizePlatform, type Platform } from './platform.ts'

/**
 * Index of the candidate that runs best on `wanted`: the exact platform, else the nearest older
 * variant, else what the architecture also executes (amd64: 386; arm64: arm). A candidate that
 * needs a feature of the system (`os.features`) which `wanted` lacks does not run; of the others,
 * the one with most features wins, then the newest version, then the first. Candidates without a
 * platform are taken only when there is nothing else; undefined when none would run (image-spec,
 * image-index.md § platform).
 */
export function selectPlatform(
  candidates: readonly { readonly platform?: Platform }[],
  wanted: Platform,
): number | undefined {
  const target = normalizePlatform(wanted)
  const platforms = candidates.map(({ platform }) => platform && normalizePlatform(platform))
  for (const [architecture, variant] of runnableOn(target)) {
    const matches = platforms.flatMap((platform, index) => {
      const same =
        platform?.os === target.os && platform.architecture === architecture && (platform.variant ?? '') === variant
      return same && runsWindows(platform, target) && hasFeatures(target, platform) ? [{ index, platform }] : []
    })
    const best = matches.toSorted((a, b) => compareDetails(a.platform, b.platform))[0]
    if (best !== undefined) return best.index
  }
  const unnamed = platforms.indexOf(undefined)
  return unnamed < 0 ? undefined : unnamed
}

/** Architecture and variant of everything a machine executes, best first. */
function runnableOn({ architecture, variant = '' }: Platform): readonly (readonly [string, string])[] {
  const [major = 0, minor = 0] = variant.replace(/^v/, '').split('.').map(Number)
  if (architecture === 'amd64')
    return [...descending(major, 2).map((n) => ['amd64', `v${n}`] as const), ['amd64', ''], ['386', '']]
  if (architecture === 'arm')
    return [['arm', variant], ...descending(major - 1, 5).map((n) => ['arm', `v${n}`] as const)]
  if (architecture !== 'arm64') return [[architecture, variant]]

  const nines = major === 9 ? descending(minor, 0).map((n) => (n === 0 ? 'v9' : `v9.${n}`)) : []
  // Armv9.N includes Armv8.(N+5).
  const eights = descending(major === 9 ? minor + 5 : minor, 0).map((n) => (n === 0 ? '' : `v8.${n}`))
  return [
    ...[...nines, ...eights].map((v) => ['arm64', v] as const),
    ...descending(8, 5).map((n) => ['arm', `v${n}`] as const),
  ]
}

/** `from`, `from` - 1, … `to`; a hostile variant cannot make it long. */
function descending(from: number, to: number): readonly number[] {
  const length = Math.min(Math.max(0, Math.trunc(from) - to + 1) || 0, 32)
  return Array.from({ length }, (_, step) => from - step)
}

/**
 * Windows runs images of its own build; since Server 2022 (build 20348) also those of older builds
 * back to that one.
 */
function runsWindows(candidate: Platform, target: Platform): boolean {
  const wanted = parseBuild(target['os.version'])
  const offered = parseBuild(candidate['os.version'])
  if (target.os !== 'windows' || wanted === undefined || offered === undefined) return true
  return offered === wanted || (offered >= 20348 && offered < wanted)
}

/** The third number of `10.0.20348.1`. */
function parseBuild(version: string | undefined): number | undefined {
  const build = version?.split('.')[2]
  return build === undefined ? undefined : Number(build)
}

/**
 * True if a system has all features that an image requires. Each Windows that is not Nano Server
 * has `win32k`, so a platform without features is taken to have it.
 */
function hasFeatures(target: Platform, { 'os.features': required = [] }: Platform): boolean {
  const { os, 'os.features': present = os === 'windows' ? ['win32k'] : [] } = target
  return required.every((feature) => present.includes(feature))
}

function compareDetails(a: Platform, b: Platform): number {
  const features = (b['os.features']?.length ?? 0) - (a['os.features']?.length ?? 0)
  return features || compareVersions(b['os.version'], a['os.version'])
}

function compareVersions(a = '', b = ''): number {
  return a.localeCompare(b, 'en', { numeric: true })
}
