import type { ErrorDetails } from '@tsbuild/errors'
import { DockerfileError } from '../text/errors.ts'
import { quoteGo } from '../text/quote-go.ts'
import { didYouMean } from '../text/suggest.ts'
import type { CacheMount, MountSpec } from './mount-spec.ts'
import { readBoolean, readNumber, readSize } from './mount-values.ts'

/** Values of the fields of a mount; later fields overwrite earlier ones. */
export interface MountFields {
  type: MountSpec['type']
  from?: string
  source?: string
  target?: string
  readonly?: boolean
  id?: string
  sharing?: CacheMount['sharing']
  required?: boolean
  size?: number
  mode?: number
  tmpfsMode?: number
  uid?: number
  gid?: number
  env?: string
  /** Options of other builders that say nothing here, as written. */
  ignored: string[]
}

const types: readonly MountSpec['type'][] = ['bind', 'cache', 'tmpfs', 'secret', 'ssh']
const sharings: readonly CacheMount['sharing'][] = ['shared', 'private', 'locked']
const aliases: ReadonlyMap<string, string> = new Map([
  ['src', 'source'],
  ['dst', 'target'],
  ['destination', 'target'],
  ['ro', 'readonly'],
  ['rw', 'readwrite'],
  ['tmpfs-size', 'size'],
  ['tmpfs-mode', 'mode'],
])

/**
 * Fields of buildah and podman: labels, owners, propagation. Bind mounts are private, without
 * devices, and as they are in the source.
 */
const foreign: ReadonlySet<string> = new Set(
  (
    'z u relabel bind-propagation consistency bind-nonrecursive bind rbind no-dereference tmpcopyup notmpcopyup ' +
    'suid nosuid dev nodev exec noexec private rprivate shared rshared slave rslave unbindable runbindable'
  ).split(' '),
)

type Setter = (fields: MountFields, key: string, value: string) => void

const setters: ReadonlyMap<string, Setter> = new Map<string, Setter>([
  ['type', (fields, _key, value) => (fields.type = choose('mount type', types, value))],
  ['sharing', (fields, _key, value) => (fields.sharing = choose('sharing value', sharings, value))],
  ['from', (fields, _key, value) => (fields.from = value)],
  ['source', (fields, _key, value) => (fields.source = value)],
  ['target', (fields, _key, value) => (fields.target = value)],
  ['id', (fields, _key, value) => (fields.id = value)],
  ['env', (fields, _key, value) => (fields.env = value)],
  ['readonly', (fields, key, value) => (fields.readonly = readBoolean(key, value))],
  ['readwrite', (fields, key, value) => (fields.readonly = !readBoolean(key, value))],
  ['mode', (fields, key, value) => (fields[key === 'tmpfs-mode' ? 'tmpfsMode' : 'mode'] = readNumber('mode', value))],
  ['uid', (fields, _key, value) => (fields.uid = readNumber('uid', value))],
  ['gid', (fields, _key, value) => (fields.gid = readNumber('gid', value))],
  ['required', setRequired],
  ['size', setSize],
])

/** Applies `key=value`; `field` is the whole of it as written. */
export function setField(
  fields: MountFields,
  field: string,
  pair: { readonly key: string; readonly value: string },
): void {
  const set = setters.get(aliases.get(pair.key) ?? pair.key)
  if (set !== undefined) return set(fields, pair.key, pair.value)
  if (foreign.has(pair.key)) return void fields.ignored.push(field)
  const keys = [...setters.keys(), ...aliases.keys()]
  throw invalid(`unexpected key '${pair.key}' in '${field}'`, {
    word: field.slice(0, pair.key.length),
    ...didYouMean(pair.key, keys),
  })
}

/** Applies a word without `=`. */
export function setBareField(fields: MountFields, field: string): void {
  const key = field.toLowerCase()
  const name = aliases.get(key) ?? key
  if (name === 'readonly' || name === 'readwrite') fields.readonly = name === 'readonly'
  else if (name === 'required') setRequired(fields, key, 'true')
  else if (foreign.has(key)) fields.ignored.push(field)
  else
    throw invalid(`invalid field '${field}' must be a key=value pair`, {
      word: field,
      ...didYouMean(key, ['ro', 'rw', 'readonly', 'readwrite', 'required']),
    })
}

/** Fields are read from left to right: the type must be known by now. */
function setRequired(fields: MountFields, key: string, value: string): void {
  if (fields.type !== 'secret' && fields.type !== 'ssh') throw unexpected(fields, key)
  fields.required = readBoolean(key, value)
}

function setSize(fields: MountFields, key: string, value: string): void {
  if (fields.type !== 'tmpfs') throw unexpected(fields, key)
  fields.size = readSize(key, value)
}

function unexpected(fields: MountFields, key: string): DockerfileError {
  return invalid(`unexpected key '${key}' for mount type '${fields.type}'`, {
    word: key,
    hint: 'type must stand before the keys that depend on it',
  })
}

function choose<T extends string>(what: string, choices: readonly T[], value: string): T {
  const choice = choices.find((name) => name === value.toLowerCase())
  if (choice !== undefined) return choice
  throw invalid(`unsupported ${what} ${quoteGo(value)}`, {
    word: value,
    hint: `choose one of ${choices.join(', ')}`,
    ...didYouMean(value, choices),
  })
}

function invalid(message: string, details: ErrorDetails): DockerfileError {
  return new DockerfileError('MOUNT_INVALID', message, details)
}
