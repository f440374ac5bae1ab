import { parseReference } from '@tsbuild/oci'
import type { Credential } from '../../../caller-keychain.ts'
import { UsageError } from '../../invocation/usage-error.ts'
import { parseTagRange } from './tag-range.ts'

/** Images of one repository to copy. */
export interface SyncedRepository {
  /** Without tag and digest. */
  readonly from: string
  readonly to: string
  /** Tags and digests, or a test of tags. */
  readonly wanted: readonly string[] | ((tag: string) => boolean) | 'all'
  /** The source allows plain HTTP or unverified TLS. */
  readonly isInsecure: boolean
}

/** A list of `skopeo sync --src yaml`. */
export interface SyncYaml {
  readonly repositories: readonly SyncedRepository[]
  /** By registry. */
  readonly credentials: Readonly<Record<string, Credential>>
}

/** Largest list, in characters. */
const maxLength = 1024 * 1024
/** Longer patterns than tags can be are of no use, and slow. */
const maxPattern = 500

/** Keys of skopeo that have another place here. */
const elsewhere: Readonly<Record<string, string>> = {
  'cert-dir': 'use --src-cert-dir, or certs.d (docs/registries.md)',
}

/**
 * Reads the YAML list of `skopeo sync`: registries with `images`, `images-by-tag-regex`,
 * `images-by-semver`, `credentials` and `tls-verify`. Images go below `destination` under the last
 * part of their names, or with `isScoped` under all of it. Throws `UsageError` with the place of a
 * fault.
 */
export async function parseSyncYaml(
  text: string,
  { destination, isScoped }: { readonly destination: string; readonly isScoped: boolean },
): Promise<SyncYaml> {
  const repositories: SyncedRepository[] = []
  const credentials: Record<string, Credential> = {}
  for (const [registry, settings] of members(await parseYaml(text), 'the list')) {
    const isInsecure = !readBoolean(settings, registry)
    for (const [key, value] of members(settings, registry)) {
      const place = `${registry}: ${key}`
      if (key === 'credentials') credentials[registry] = readCredential(value, place)
      else if (key === 'images' || key === 'images-by-tag-regex' || key === 'images-by-semver')
        for (const [name, wanted] of members(value, place))
          repositories.push({
            from: checkName(`${registry}/${name}`, place),
            to: checkName(joinName(destination, isScoped ? `${registry}/${name}` : lastPart(name)), place),
            wanted: await readWanted(key, wanted, `${place}: ${name}`),
            isInsecure,
          })
      else if (key !== 'tls-verify') throw fault(place, 'is not supported', hintFor(key))
    }
  }
  return { repositories, credentials }
}

function hintFor(key: string): { readonly hint?: string } {
  const hint = Object.hasOwn(elsewhere, key) ? elsewhere[key] : undefined
  return hint === undefined ? {} : { hint }
}

async function parseYaml(text: string): Promise<unknown> {
  if (text.length > maxLength) throw new UsageError(`the list has more than ${maxLength} characters`)
  const { parse } = await import('yaml')
  try {
    // Of this schema, "1.0" is a text without quotes too.
    return parse(text, { schema: 'failsafe', maxAliasCount: 100, logLevel: 'error' })
  } catch (cause) {
    const [reason = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n')
    throw new UsageError(`cannot read the list: ${reason.replace(/:$/, '')}`, { cause })
  }
}

function members(value: unknown, place: string): readonly (readonly [string, unknown])[] {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return Object.entries(value)
  throw fault(place, 'expected a mapping')
}

/** `tls-verify` of a registry. */
function readBoolean(settings: unknown, registry: string): boolean {
  const [, value] = members(settings, registry).find(([key]) => key === 'tls-verify') ?? []
  if (value === undefined || value === 'true') return true
  if (value === 'false') return false
  throw fault(`${registry}: tls-verify`, 'expected true or false')
}

async function readWanted(key: string, value: unknown, place: string): Promise<SyncedRepository['wanted']> {
  if (key === 'images-by-tag-regex') {
    const pattern = readPattern(value, place)
    return (tag) => pattern.test(tag)
  }
  if (key === 'images-by-semver') {
    if (typeof value !== 'string' || value.length > maxPattern) throw fault(place, 'expected a range of versions')
    return parseTagRange(value, place)
  }
  if (value === '' || value === null) return 'all'
  if (!Array.isArray(value) || !value.every((each) => typeof each === 'string'))
    throw fault(place, 'expected a list of tags and digests')
  return value.length === 0 ? 'all' : value
}

function readPattern(value: unknown, place: string): RegExp {
  if (typeof value !== 'string' || value.length > maxPattern) throw fault(place, 'expected a regular expression')
  try {
    return new RegExp(value)
  } catch (cause) {
    throw fault(place, cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

function readCredential(value: unknown, place: string): Credential {
  const { username, password }: Readonly<Record<string, unknown>> = Object.fromEntries(members(value, place))
  if (typeof username === 'string' && typeof password === 'string') return { username, password }
  throw fault(place, 'expected username and password')
}

function checkName(name: string, place: string): string {
  try {
    const { tag, digest } = parseReference(name)
    if (tag === undefined && digest === undefined) return name
  } catch (cause) {
    throw fault(place, `"${name}" is not a name of a repository`, { cause })
  }
  throw fault(place, `"${name}" has a tag or digest`)
}

function joinName(destination: string, name: string): string {
  return `${destination.replace(/^docker:\/\//, '').replace(/\/+$/, '')}/${name}`
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1)
}

function fault(
  place: string,
  reason: string,
  details: { readonly hint?: string; readonly cause?: unknown } = {},
): UsageError {
  return new UsageError(`${place.slice(0, 300)}: ${reason}`, details)
}
