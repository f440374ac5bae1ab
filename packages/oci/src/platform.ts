import { endianness } from 'node:os'
import { OciError } from './errors.ts'
import type { JsonNode } from './json-node.ts'

/**
 * Platform of an image (image-spec, image-index.md § platform). Always normalised: see
 * `parsePlatform`.
 */
export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
  readonly 'os.version'?: string
  readonly 'os.features'?: readonly string[]
}

const systems = new Set(
  'aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 windows zos'.split(
    ' ',
  ),
)
/** Go's names for processors. */
export const knownArchitectures: ReadonlySet<string> = new Set(
  '386 amd64 amd64p32 arm arm64 arm64be armbe loong64 mips mips64 mips64le mips64p32 mips64p32le mipsle ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm'.split(
    ' ',
  ),
)

/**
 * Reads `os/arch[/variant]`, one half of it (the other is the host's), or `local`;
 * `os(version+feature)` is understood. The result is normalised as in `normalizePlatform`. Throws
 * `OciError` `PLATFORM_INVALID`.
 */
export function parsePlatform(text: string, host: Platform = hostPlatform()): Platform {
  if (text.toLowerCase() === 'local') return host
  const parts = text.split('/')
  const [first = '', second, third] = parts
  if (parts.length > 3 || !parts.slice(1).every((part) => /^[\w.-]+$/.test(part)))
    return refuse(text, 'expected os/arch[/variant]')
  const system = parseSystem(first, text)
  if (second !== undefined)
    return normalizePlatform({ ...system, architecture: second, ...(third !== undefined && { variant: third }) })

  const guess = normalizePlatform({
    ...system,
    architecture: host.architecture,
    ...(host.variant && { variant: host.variant }),
  })
  if (systems.has(guess.os)) return guess
  const bare = normalizePlatform({ os: host.os, architecture: first })
  if (knownArchitectures.has(bare.architecture)) return bare
  return refuse(text, 'unknown operating system or architecture')
}

/**
 * `os/arch[/variant]`, with `os(version+feature…)` when there is one; `parsePlatform` reads it
 * back.
 */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant, 'os.version': version = '', 'os.features': features = [] } = platform
  const details = [version, ...features].map(encode).join('+')
  return `${os}${details === '' ? '' : `(${details})`}/${architecture}${variant === undefined ? '' : `/${variant}`}`
}

/**
 * The one spelling of a platform: lower case, Go's names, no variant that is the architecture's
 * default (arm excepted: always `v5`–`v8`).
 */
export function normalizePlatform(platform: Platform): Platform {
  const lower = platform.os.toLowerCase()
  const [architecture, variant] = normalizeArchitecture(
    platform.architecture.toLowerCase(),
    platform.variant?.toLowerCase() ?? '',
  )
  const version = platform['os.version']
  const features = platform['os.features']
  return {
    os: lower === 'macos' ? 'darwin' : lower,
    architecture,
    ...(variant !== '' && { variant }),
    ...(version && { 'os.version': version }),
    ...(features && features.length > 0 && { 'os.features': features }),
  }
}

/**
 * Platform of containers on this machine: Windows on Windows, else Linux, since other systems run
 * their containers in a Linux machine.
 */
export function hostPlatform(): Platform {
  const names: Partial<Record<string, string>> = { x64: 'amd64', ia32: '386', mipsel: 'mipsle' }
  const architecture =
    process.arch === 'ppc64' && endianness() === 'LE' ? 'ppc64le' : (names[process.arch] ?? process.arch)
  return normalizePlatform({ os: process.platform === 'win32' ? 'windows' : 'linux', architecture })
}

/** Reads a platform object inside a document. */
export function readPlatform(node: JsonNode): Platform {
  const variant = node.member('variant')
  const version = node.member('os.version')
  const features = node.member('os.features')
  return normalizePlatform({
    os: readName(node.required('os')),
    architecture: readName(node.required('architecture')),
    ...(variant && variant.value !== '' && { variant: readName(variant) }),
    ...(version && { 'os.version': version.text() }),
    ...(features && { 'os.features': features.texts() }),
  })
}

/** Platforms name directories of exports: nothing that could climb out of one may pass. */
function readName(node: JsonNode): string {
  const text = node.text()
  return /^\w[\w.-]{0,63}$/.test(text) ? text : node.fail('a name')
}

/** A platform as Go writes it. */
export function platformMembers(platform: Platform): ReadonlyMap<string, unknown> {
  const order = ['architecture', 'os', 'os.version', 'os.features', 'variant'] as const
  return new Map(order.map((key) => [key, platform[key]]))
}

function parseSystem(text: string, whole: string): Pick<Platform, 'os' | 'os.version' | 'os.features'> {
  const match = /^([\w-]+)(?:\(([\w.%-]*)((?:\+[\w.%-]+)*)\))?$/.exec(text)
  if (match === null) return refuse(whole, 'expected os/arch[/variant]')
  const [, os = '', version = '', features = ''] = match
  return {
    os,
    ...(version !== '' && { 'os.version': decode(version, whole) }),
    ...(features !== '' && {
      'os.features': features
        .slice(1)
        .split('+')
        .map((feature) => decode(feature, whole)),
    }),
  }
}

/** Percent-encodes all that `parsePlatform` gives a meaning to. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*~]/g, (character) => `%${character.charCodeAt(0).toString(16)}`)
}

function decode(text: string, whole: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return refuse(whole, 'malformed percent encoding')
  }
}

function refuse(text: string, reason: string): never {
  throw new OciError('PLATFORM_INVALID', `"${text.slice(0, 100)}": ${reason}`, {
    hint: 'write it like linux/amd64 or linux/arm/v7',
  })
}

function normalizeArchitecture(architecture: string, variant: string): readonly [string, string] {
  switch (architecture) {
    case 'x86_64':
    case 'x86-64':
    case 'amd64':
      return ['amd64', variant === 'v1' ? '' : variant]
    case 'i386':
    case '386':
      return ['386', '']
    case 'aarch64':
    case 'arm64':
      return ['arm64', normalizeArm64(variant)]
    case 'armhf':
      return ['arm', 'v7']
    case 'armel':
      return ['arm', 'v6']
    case 'arm':
      return ['arm', variant === '' ? 'v7' : variant.replace(/^(?=\d)/, 'v')]
    default:
      return [architecture, variant]
  }
}

/** `8`, `v8` and `v8.0` are the default and vanish; `9` and `v9.0` become `v9`. */
function normalizeArm64(variant: string): string {
  const written = variant.replace(/^(?=\d)/, 'v').replace(/\.0$/, '')
  return written === 'v8' ? '' : written
}
