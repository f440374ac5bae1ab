import { resolve } from 'node:path'
import { digestForm, isDigest, parseReference } from '@tsbuild/oci'
import type { CacheSource, CacheTarget } from '../../../cache/options/cache-options.ts'
import type {
  CacheWriteOptions,
  MountWriteOptions,
  SharedWriteOptions,
  StepWriteOptions,
} from '../../../cache/options/cache-write-options.ts'
import { notAllowed } from '../../invocation/not-allowed.ts'
import { UsageError } from '../../invocation/usage-error.ts'
import { parseFields } from './csv.ts'
import { parseBucketSource, parseBucketTarget } from './parse-bucket-cache.ts'
import { readReapiServer, type Surroundings } from '../servers/parse-reapi.ts'
import { parseSize } from '../parse-size.ts'
import { SpecFields } from './spec-fields.ts'

/**
 * A `--cache-from` value: `type=registry,ref=…`, `type=reapi,url=…`, or a reference alone. `env`
 * has the variables of `token-env`. Throws `UsageError`.
 */
export function parseCacheFrom(text: string, cwd: string, env: NodeJS.ProcessEnv = {}): CacheSource {
  const [type, fields] = readSpec('--cache-from', text)
  const source = parseSource(type, fields, { cwd, env })
  fields.refuseRest(type)
  return source
}

/**
 * A `--cache-to` value: `type=registry,ref=…`, `type=reapi,url=…`, or a reference alone. `env`
 * has the variables of `token-env`. Throws `UsageError`.
 */
export function parseCacheTo(text: string, cwd: string, env: NodeJS.ProcessEnv = {}): CacheTarget {
  const [type, fields] = readSpec('--cache-to', text)
  const target = parseTarget(type, fields, { cwd, env })
  fields.refuseRest(type)
  return target
}

function readSpec(flag: '--cache-from' | '--cache-to', text: string): readonly [string, SpecFields] {
  const parsed = parseFields(text)
  const [first] = parsed
  if (parsed.length === 1 && first?.value === undefined)
    return ['registry', new SpecFields(flag, text, [{ key: 'ref', value: text }])]
  const shown = withoutSecrets(text)
  const fields = new SpecFields(flag, shown, parsed)
  const type = fields.text('type')
  if (type !== undefined) return [type, fields]
  throw new UsageError(`missing type in ${flag} "${shown}"`, { hint: `write type=registry,${shown}` })
}

/** The value for messages: `secret_access_key=…`. */
function withoutSecrets(text: string): string {
  return text.replace(
    /((?:secret_access_key|session_token|access_key_id|token|ghtoken|connection_string|account_url)=)(?:[^,"]|"")*/g,
    '$1…',
  )
}

function parseSource(type: string, fields: SpecFields, surroundings: Surroundings): CacheSource {
  const { cwd } = surroundings
  switch (type) {
    case 'registry':
      return { kind: type, ref: reference(fields, parseReference), ...insecure(fields) }
    case 'local':
      return { kind: type, src: directory(fields, 'src', cwd), ...tag(fields), ...digest(fields) }
    case 'reapi':
      return { kind: type, ...readReapiServer(fields, surroundings), ...scope(fields) }
    case 's3':
    case 'gha':
    case 'azblob':
      return parseBucketSource(type, fields)
    default:
      throw notAllowed(`${fields.flag} type`, type, ['registry', 'local', 'reapi', 's3', 'gha', 'azblob'])
  }
}

function parseTarget(type: string, fields: SpecFields, surroundings: Surroundings): CacheTarget {
  const { cwd } = surroundings
  switch (type) {
    case 'registry':
      return { kind: type, ref: reference(fields, parseName), ...insecure(fields), ...writeOptions(fields) }
    case 'local':
      return { kind: type, dest: directory(fields, 'dest', cwd), ...tag(fields), ...sharedOptions(fields) }
    case 'reapi':
      return { kind: type, ...readReapiServer(fields, surroundings), ...stepOptions(fields), ...reapiMounts(fields) }
    case 'inline':
      return { kind: type }
    case 'gha':
      return { ...parseBucketTarget(type, fields), ...writeOptions(fields) }
    case 's3':
    case 'azblob':
      return { ...parseBucketTarget(type, fields), ...sharedOptions(fields) }
    default:
      throw notAllowed(`${fields.flag} type`, type, ['registry', 'local', 'inline', 'reapi', 's3', 'gha', 'azblob'])
  }
}

function writeOptions(fields: SpecFields): CacheWriteOptions {
  // A cache of Docker's media types could hold no zstd, which is the default of other stages.
  fields.only('oci-mediatypes', true)
  return {
    ...mountOptions(fields),
    ...stepOptions(fields),
    ...(fields.boolean('image-manifest', true) ? {} : { imageManifest: false }),
  }
}

function mountOptions(fields: SpecFields): MountWriteOptions {
  const mounts = fields.list('mounts')
  const text = fields.text('mounts-max-size')
  const mountsMaxSize = text === undefined ? undefined : parseSize(`${fields.flag} mounts-max-size`, text)
  if (mounts === undefined && mountsMaxSize !== undefined)
    throw new UsageError(`${fields.flag} mounts-max-size needs mounts=ID,… in "${fields.source}"`)
  return {
    ...(mounts !== undefined && { mounts: mounts.length === 1 && mounts[0] === 'all' ? 'all' : mounts }),
    ...(mountsMaxSize !== undefined && { mountsMaxSize }),
  }
}

/** Mounts have no other name on a server than their scope. */
function reapiMounts(fields: SpecFields): MountWriteOptions & { readonly scope?: string } {
  const given = { ...mountOptions(fields), ...scope(fields) }
  if (given.mounts !== undefined && given.scope === undefined)
    throw new UsageError(`${fields.flag} type=reapi needs scope=NAME for mounts in "${fields.source}"`, {
      hint: 'name the project and the branch, such as scope=app/main; give --cache-from the same scope',
    })
  if (given.scope !== undefined && given.mounts === undefined)
    throw new UsageError(`${fields.flag} type=reapi has scope for mounts only in "${fields.source}"`, {
      hint: 'add mounts=ID,… or leave scope out',
    })
  return given
}

function scope(fields: SpecFields): { readonly scope?: string } {
  const name = fields.text('scope')
  if (name === '') throw new UsageError(`${fields.flag} needs a name as scope in "${fields.source}"`)
  return name === undefined ? {} : { scope: name }
}

function sharedOptions(fields: SpecFields): SharedWriteOptions {
  const singleFlight = fields.boolean('single-flight', false)
  const options = writeOptions(fields)
  if (singleFlight && options.mode !== 'max')
    throw new UsageError(`${fields.flag} single-flight needs mode=max in "${fields.source}"`, {
      hint: 'add mode=max: every step that runs is shared',
    })
  return { ...options, ...(singleFlight && { singleFlight }) }
}

function stepOptions(fields: SpecFields): StepWriteOptions {
  const compression = fields.compression(['gzip', 'zstd', 'uncompressed'])
  return {
    mode: fields.choice('mode', ['min', 'max'], 'min'),
    ...(compression === undefined || compression.type === 'estargz' ? {} : { compression }),
    ...(fields.boolean('force-compression', false) && { forceCompression: true }),
    ...(fields.has('ignore-error') && { ignoreError: fields.boolean('ignore-error', true) }),
  }
}

function reference(fields: SpecFields, parse: (ref: string) => unknown): string {
  const ref = fields.text('ref')
  if (!ref) {
    const name = fields.keys().find((key) => key.includes('/'))
    const hint = name === undefined ? {} : { hint: `write ref=${name}` }
    throw new UsageError(`${fields.flag} needs ref=NAME in "${fields.source}"`, hint)
  }
  try {
    parse(ref)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new UsageError(`invalid ${fields.flag} ref "${ref}": ${reason}`)
  }
  return ref
}

function parseName(ref: string): void {
  if (parseReference(ref).digest !== undefined) throw new TypeError('a cache is written under a tag, not a digest')
}

function insecure(fields: SpecFields): { readonly insecure?: true } {
  return fields.boolean('registry.insecure', false) ? { insecure: true } : {}
}

function directory(fields: SpecFields, key: 'src' | 'dest', cwd: string): string {
  const path = fields.text(key)
  if (!path) throw new UsageError(`${fields.flag} needs ${key}=DIRECTORY in "${fields.source}"`)
  return resolve(cwd, path)
}

function tag(fields: SpecFields): { readonly tag?: string } {
  const text = fields.text('tag')
  return text === undefined ? {} : { tag: text }
}

function digest(fields: SpecFields): Pick<Extract<CacheSource, { kind: 'local' }>, 'digest'> {
  const text = fields.text('digest')
  if (text === undefined) return {}
  if (isDigest(text)) return { digest: text }
  throw new UsageError(`invalid ${fields.flag} digest "${text}": expected ${digestForm}`)
}
