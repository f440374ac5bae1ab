import type { RunMount, RunOp } from '../../graph/op.ts'
import { maskCredentials } from './mask-credentials.ts'

/** InputPosition of input `index` of a vertex among the inputs of its step; -1 for no input. */
export type InputPosition = (index: number) => number

type Json = Readonly<Record<string, unknown>>

// Numbers of ops.proto.
const networks = { default: 0, host: 1, none: 2, private: 0 } as const
const securities = { sandbox: 0, insecure: 1 } as const
const mountTypes = { bind: 0, secret: 1, ssh: 2, cache: 3, tmpfs: 4 } as const
const sharings = { shared: 0, private: 1, locked: 2 } as const

/** RUN in the form of LLB's ExecOp. Of secrets and agents it has the ids. */
export function describeRun(op: RunOp, position: InputPosition): Json {
  const {
    args,
    env,
    cwd,
    user,
    hostname,
    network,
    security,
    mounts,
    extraHosts,
    ulimits,
    devices = [],
    shmSize,
    script,
  } = op
  const secretenv = mounts.flatMap((mount) =>
    mount.type === 'secret' && mount.env !== undefined ? [{ ID: mount.id, name: mount.env, ...optional(mount) }] : [],
  )
  const meta = {
    args,
    env: env.map(([name, value]) => `${name}=${maskCredentials(value)}`),
    cwd,
    ...(user !== '' && { user }),
    hostname,
    ...(extraHosts.length !== 0 && { extraHosts: extraHosts.map(describeHost) }),
    ...(ulimits.length !== 0 && { ulimit: ulimits.map(describeUlimit) }),
  }
  return {
    meta,
    mounts: [
      { dest: '/', input: position(0), output: 0 },
      ...(script ? [{ dest: script.path, input: -1, output: -1, readonly: true }] : []),
      ...(shmSize === undefined ? [] : [describeTmpfs('/dev/shm', shmSize)]),
      ...mounts.flatMap((mount) => describeMount(mount, position)),
    ],
    ...(network !== 'default' && { network: networks[network] }),
    ...(security !== 'sandbox' && { security: securities[security] }),
    ...(secretenv.length !== 0 && { secretenv }),
    ...(devices.length !== 0 && { cdiDevices: devices.map((device) => ({ name: device.name, ...optional(device) })) }),
  }
}

function describeMount(mount: RunMount, position: InputPosition): readonly Json[] {
  const common = { dest: mount.target, mountType: mountTypes[mount.type], output: -1 }
  switch (mount.type) {
    case 'bind':
      return [{ ...common, input: position(mount.input), selector: mount.source, ...readonly(mount) }]
    case 'cache': {
      const input = mount.input === undefined ? -1 : position(mount.input)
      return [
        {
          ...common,
          input,
          selector: mount.source,
          ...readonly(mount),
          cacheOpt: { ID: mount.id, sharing: sharings[mount.sharing] },
        },
      ]
    }
    case 'tmpfs':
      return [{ ...describeTmpfs(mount.target, mount.size), ...readonly(mount) }]
    case 'secret':
      return mount.target === undefined ? [] : [{ ...common, input: -1, secretOpt: describeHolder(mount) }]
    case 'ssh':
      return [{ ...common, input: -1, SSHOpt: describeHolder(mount) }]
  }
}

function describeTmpfs(dest: string, size: number | undefined): Json {
  return {
    dest,
    mountType: mountTypes.tmpfs,
    input: -1,
    output: -1,
    ...(size !== undefined && { tmpfsOpt: { size } }),
  }
}

function describeHolder(mount: Extract<RunMount, { type: 'secret' | 'ssh' }>): Json {
  const { id, uid, gid, mode } = mount
  return { ID: id, uid, gid, mode, ...optional(mount) }
}

function optional({ required }: { readonly required: boolean }): { readonly optional?: true } {
  return required ? {} : { optional: true }
}

function readonly(mount: { readonly readonly: boolean }): { readonly readonly?: true } {
  return mount.readonly ? { readonly: true } : {}
}

function describeHost(text: string): Json {
  const colon = text.indexOf(':')
  return { Host: text.slice(0, colon), IP: text.slice(colon + 1) }
}

/** `name=soft[:hard]`. */
function describeUlimit(text: string): Json {
  const [name = '', limits = ''] = text.split('=')
  const [soft = '', hard = soft] = limits.split(':')
  return { Name: name, Soft: Number(soft), Hard: Number(hard) }
}
