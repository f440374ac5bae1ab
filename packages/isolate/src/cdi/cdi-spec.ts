import { isAbsolute } from 'node:path'

/** A device file and how a process sees it; without owner or mode as it is on the machine. */
export interface DeviceNode {
  readonly source: string
  readonly target: string
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
}

/** Parts of a device that a process gets. */
export interface DeviceEdits {
  readonly env: readonly (readonly [name: string, value: string])[]
  readonly nodes: readonly DeviceNode[]
  readonly mounts: readonly { readonly source: string; readonly target: string; readonly readonly: boolean }[]
  readonly groups: readonly number[]
  /** Names of other requests, which cannot be met. */
  readonly beyond: readonly string[]
}

export interface CdiDevice {
  /** `vendor/class=name`. */
  readonly name: string
  /** Those of its specification and its own, which win. */
  readonly annotations: Readonly<Record<string, string>>
  readonly edits: DeviceEdits
}

/**
 * A specification of the Container Device Interface: devices of one kind, and what comes with the
 * first of them.
 */
export interface CdiSpec {
  readonly edits: DeviceEdits
  readonly devices: readonly CdiDevice[]
}

/** Reads a specification out of JSON or YAML. Throws an `Error` that says where it is wrong. */
export function readCdiSpec(value: unknown): CdiSpec {
  const spec = record(value, 'the specification')
  const kind = string(spec['kind'], 'kind')
  if (!/^[a-z][\w.-]*\/[a-z][\w.-]*$/i.test(kind)) throw new Error(`kind "${kind}" is not vendor/class`)
  const annotations = strings(spec['annotations'])
  return {
    edits: edits(spec['containerEdits']),
    devices: list(spec['devices'], 'devices').map((value) => {
      const device = record(value, 'a device')
      const name = text(device['name'], 'the name of a device')
      if (!/^[a-z0-9][\w.:-]*$/i.test(name)) throw new Error(`"${name}" is no name of a device`)
      return {
        name: `${kind}=${name}`,
        annotations: { ...annotations, ...strings(device['annotations']) },
        edits: edits(device['containerEdits']),
      }
    }),
  }
}

function edits(value: unknown): DeviceEdits {
  const given = value === undefined ? {} : record(value, 'containerEdits')
  return {
    env: list(given['env'], 'env').map((entry) => {
      const text = string(entry, 'env')
      const equals = text.indexOf('=')
      if (equals <= 0) throw new Error(`"${text}" is no environment variable`)
      return [text.slice(0, equals), text.slice(equals + 1)]
    }),
    nodes: list(given['deviceNodes'], 'deviceNodes').map(node),
    mounts: list(given['mounts'], 'mounts').map(mount),
    groups: list(given['additionalGids'], 'additionalGids').map((gid) => number(gid, 'additionalGids')),
    beyond: ['hooks', 'netDevices', 'intelRdt'].filter((name) =>
      Array.isArray(given[name]) ? given[name].length > 0 : given[name],
    ),
  }
}

function node(value: unknown): DeviceNode {
  const { path, hostPath = path, fileMode, uid, gid } = record(value, 'a device node')
  return {
    source: absolute(hostPath, 'hostPath of a device node'),
    target: absolute(path, 'path of a device node'),
    ...(fileMode !== undefined && { mode: number(fileMode, 'fileMode') & 0o777 }),
    ...(uid !== undefined && { uid: number(uid, 'uid') }),
    ...(gid !== undefined && { gid: number(gid, 'gid') }),
  }
}

function mount(value: unknown): DeviceEdits['mounts'][number] {
  const { hostPath, containerPath, options, type = 'bind' } = record(value, 'a mount')
  if (type !== 'bind' && type !== '')
    throw new Error(`a mount has the type ${JSON.stringify(type)}, only bind is known`)
  return {
    source: absolute(hostPath, 'hostPath of a mount'),
    target: absolute(containerPath, 'containerPath of a mount'),
    readonly: list(options, 'options of a mount').includes('ro'),
  }
}

function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${what} is not an object`)
  return Object.fromEntries(Object.entries(value))
}

function list(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new Error(`${what} is not a list`)
  return value
}

function strings(value: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(value === undefined ? {} : record(value, 'annotations'))
  return Object.fromEntries(entries.map(([name, text]) => [name, String(text)]))
}

function string(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new Error(`${what} is not a text`)
  return value
}

/** A text, or a number that YAML makes of one without quotes. */
function text(value: unknown, what: string): string {
  return string(typeof value === 'number' ? String(value) : value, what)
}

function absolute(value: unknown, what: string): string {
  const path = string(value, what)
  if (!isAbsolute(path)) throw new Error(`${what} is not absolute: "${path}"`)
  return path
}

function number(value: unknown, what: string): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > 0xffffffff)
    throw new Error(`${what} is no number`)
  return value
}
