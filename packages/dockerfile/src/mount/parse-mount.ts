import { DockerfileError } from '../text/errors.ts'
import { quoteGo } from '../text/quote-go.ts'
import { csvFields } from './csv-fields.ts'
import { type MountFields, setBareField, setField } from './mount-fields.ts'
import type { MountSpec } from './mount-spec.ts'

/**
 * One `--mount` value, its variables put in by `expand` (field by field, before it is looked at).
 * Throws MOUNT_INVALID, and what `expand` throws.
 */
export function parseMount(value: string, expand: (word: string) => string): MountSpec {
  checkMount(value)
  const fields: MountFields = { type: 'bind', ignored: [] }
  for (const field of csvFields(value)) {
    const pair = splitField(field)
    if (pair === undefined) setBareField(fields, field)
    else setField(fields, field, { key: pair.key, value: expand(pair.value) })
  }
  checkAllowed(fields)
  return { ...buildSpec(fields), ...(fields.ignored.length > 0 && { ignored: fields.ignored }) }
}

/**
 * Checks before expansion: the list is well-formed, and `from` names its stage without variables.
 */
export function checkMount(value: string): void {
  for (const field of csvFields(value)) {
    const pair = splitField(field)
    if (pair?.key !== 'from') continue
    const dollar = pair.value.indexOf('$')
    if (dollar === -1 || dollar === pair.value.length - 1) continue
    throw invalid(`'${pair.key}' doesn't support variable expansion, define alias stage instead`, pair.value)
  }
}

function splitField(field: string): { key: string; value: string } | undefined {
  const equals = field.indexOf('=')
  return equals === -1 ? undefined : { key: field.slice(0, equals).toLowerCase(), value: field.slice(equals + 1) }
}

function checkAllowed(fields: MountFields): void {
  const { type } = fields
  const owner =
    type !== 'bind' && type !== 'tmpfs'
      ? undefined
      : (['mode', 'uid', 'gid'] as const).find((key) => fields[key] !== undefined)
  if (owner !== undefined) throw invalid(`${owner} not allowed for ${quoteGo(type)} type mounts`, owner)
  if (type === 'secret') checkSecret(fields)
  if (fields.sharing !== undefined && type !== 'cache')
    throw invalid(`invalid cache sharing set for ${type} mount`, 'sharing')
  if (type === 'ssh' && present(fields.source) !== undefined)
    throw invalid('ssh does not support source', fields.source)
}

function checkSecret({ from, sharing, source, target, id }: MountFields): void {
  if (present(from) !== undefined) throw invalid('secret mount should not have a from', from)
  if (sharing !== undefined) throw invalid('secret mount should not define sharing', 'sharing')
  const [sourceGiven, idGiven] = [present(source) !== undefined, present(id) !== undefined]
  if (!sourceGiven && !idGiven && present(target) === undefined)
    throw invalid('invalid secret mount. one of source, target required')
  if (sourceGiven && idGiven) throw invalid("both source and id can't be set")
}

function buildSpec(fields: MountFields): MountSpec {
  const target = optional('target', present(fields.target))
  const from = optional('from', present(fields.from))
  const id = present(fields.id)
  const { source = '/', required = false, uid = 0, gid = 0 } = fields
  switch (fields.type) {
    case 'bind':
      return { type: 'bind', ...target, ...from, source, readonly: fields.readonly ?? true }
    case 'cache': {
      const { mode = 0o755, sharing = 'shared', readonly = false } = fields
      return { type: 'cache', ...target, ...from, ...optional('id', id), source, sharing, readonly, mode, uid, gid }
    }
    case 'tmpfs':
      return {
        type: 'tmpfs',
        ...target,
        ...(fields.size && { size: fields.size }),
        ...(fields.tmpfsMode !== undefined && { mode: fields.tmpfsMode & 0o7777 }),
        readonly: fields.readonly ?? false,
      }
    case 'secret': {
      const { mode = 0o400 } = fields
      const name = present(fields.source) ?? id ?? baseName(fields.target ?? '')
      return { type: 'secret', ...target, id: name, ...optional('env', fields.env), required, mode, uid, gid }
    }
    case 'ssh': {
      const { mode = 0o600 } = fields
      return { type: 'ssh', ...target, id: id ?? 'default', required, mode, uid, gid }
    }
  }
}

/** An empty value says nothing. */
function present(value: string | undefined): string | undefined {
  return value === '' ? undefined : value
}

function optional<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  const out: { [P in K]?: string } = {}
  if (value !== undefined) out[key] = value
  return out
}

function baseName(path: string): string {
  return path.split('/').findLast((part) => part !== '') ?? '/'
}

function invalid(message: string, word?: string): DockerfileError {
  return new DockerfileError('MOUNT_INVALID', message, word === undefined ? {} : { word })
}
