import { resolve } from 'node:path'
import type { FileOutputOptions, Output } from '../../../export/output.ts'
import { parseFields } from './csv.ts'
import { notAllowed } from '../../invocation/not-allowed.ts'
import { OutputFields } from './output-fields.ts'
import { UsageError } from '../../invocation/usage-error.ts'

/**
 * Request of `--output`. `load` is `type=docker` without a file: into the container engine of this
 * machine.
 */
export type OutputRequest =
  | Output
  | (Omit<Extract<Output, { kind: 'oci' | 'docker' }>, 'kind' | 'dest'> & { readonly kind: 'load' })

/** Values of an output from the rest of the call. */
export interface OutputDefaults {
  /** Values of `--tag`. */
  readonly tags: readonly string[]
  /** Absolute; relative destinations start here. */
  readonly cwd: string
  /** Standard output is a terminal, which no archive may be written to. */
  readonly terminal: boolean
}

const types = ['oci', 'docker', 'image', 'registry', 'local', 'tar', 'cacheonly']

/**
 * An `--output` value: one CSV record `type=T,key=value,…`, or a directory (`out` =
 * `type=local,dest=out`), or `-` (`type=tar,dest=-`). Destinations become absolute. Throws
 * `UsageError` for unknown types, keys and values, and for what is missing.
 */
export function parseOutput(text: string, defaults: OutputDefaults): OutputRequest {
  const parsed = parseFields(text)
  const [first] = parsed
  if (parsed.length === 1 && first?.value === undefined) {
    if (text === '') throw new UsageError('--output cannot be empty')
    const fields = new OutputFields(text, [])
    return text === '-'
      ? { kind: 'tar', dest: resolveFile(fields, '-', defaults) }
      : { kind: 'local', dest: resolve(defaults.cwd, text), mode: 'copy' }
  }
  const fields = new OutputFields(text, parsed)
  const type = fields.text('type')
  if (type === undefined) {
    throw new UsageError(`missing type in --output "${text}": expected one of ${types.join(', ')}`, {
      hint: `write type=oci,${text}`,
    })
  }
  const request = buildRequest(type, fields, defaults)
  fields.refuseRest(type)
  return request
}

function buildRequest(type: string, fields: OutputFields, defaults: OutputDefaults): OutputRequest {
  switch (type) {
    case 'oci':
    case 'docker':
      return archiveRequest(type, fields, defaults)
    case 'image':
    case 'registry':
      return imageOutput(type, fields, defaults)
    case 'local':
      return {
        kind: 'local',
        dest: resolveDirectory(fields, defaults),
        mode: fields.choice('mode', ['copy', 'delete'], 'copy'),
        ...fileOptions(fields),
      }
    case 'tar':
      return { kind: 'tar', dest: resolveFile(fields, fields.text('dest') ?? '-', defaults), ...fileOptions(fields) }
    case 'cacheonly':
      return { kind: 'cacheonly' }
    default:
      throw notAllowed('--output type', type, types)
  }
}

function archiveRequest(kind: 'oci' | 'docker', fields: OutputFields, defaults: OutputDefaults): OutputRequest {
  const tar = fields.boolean('tar', true)
  const names = fields.names('name') ?? defaults.tags
  if (!tar) return { kind, dest: resolveDirectory(fields, defaults), tar, names, ...fields.imageOptions() }
  const dest = fields.text('dest')
  if (dest === undefined && kind === 'docker') return { kind: 'load', tar, names, ...fields.imageOptions() }
  return { kind, dest: resolveFile(fields, dest ?? '-', defaults), tar, names, ...fields.imageOptions() }
}

function imageOutput(type: 'image' | 'registry', fields: OutputFields, defaults: OutputDefaults): Output {
  const push = fields.boolean('push', false)
  const names = fields.names('name') ?? defaults.tags
  // An image is unpacked when a RUN needs it.
  fields.only('unpack', false)
  return {
    kind: 'image',
    names,
    push: push || type === 'registry',
    pushByDigest: fields.boolean('push-by-digest', false),
    insecure: fields.boolean('registry.insecure', false),
    ...(fields.has('store') && { store: fields.boolean('store', true) }),
    ...(fields.boolean('name-canonical', false) && { nameCanonical: true }),
    ...dangling(fields, names),
    ...fields.imageOptions(),
  }
}

/** BuildKit spells the second key without the `l`. */
function dangling(fields: OutputFields, names: readonly string[]): { readonly danglingPrefix?: string } {
  const onlyUnnamed = ['danging-name-empty-only', 'dangling-name-empty-only']
    .map((key) => fields.boolean(key, false))
    .includes(true)
  const [danglingPrefix] = fields.names('dangling-name-prefix') ?? []
  return danglingPrefix === undefined || (onlyUnnamed && names.length > 0) ? {} : { danglingPrefix }
}

function fileOptions(fields: OutputFields): FileOutputOptions {
  const prefix = fields.text('attestation-prefix')
  return {
    ...fields.dates(),
    ...(fields.has('platform-split') && { platformSplit: fields.boolean('platform-split', true) }),
    ...(prefix !== undefined && { attestationPrefix: prefix }),
  }
}

function resolveDirectory(fields: OutputFields, { cwd }: OutputDefaults): string {
  const dest = fields.text('dest')
  if (dest === undefined || dest === '-') throw new UsageError(`--output needs dest=DIRECTORY in "${fields.source}"`)
  return resolve(cwd, dest)
}

function resolveFile(fields: OutputFields, dest: string, { cwd, terminal }: OutputDefaults): string {
  if (dest !== '-') return resolve(cwd, dest)
  if (!terminal) return '-'
  throw new UsageError(`--output "${fields.source}" would write an archive to the terminal`, {
    hint: 'name a file with dest=, or redirect standard output',
  })
}
