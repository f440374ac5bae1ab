import { type CdiRegistry, type DeviceEdits, findEdits, findDevices, isFree, readCdi } from '@tsbuild/isolate'
import type { RunOp } from '../../graph/op.ts'
import type { RootfsMount } from '../../rootfs/protocol/provider.ts'
import { RunError } from './run-error.ts'

/** Resolved devices of a RUN. */
export interface ResolvedDevices {
  readonly mounts: readonly RootfsMount[]
  readonly env: DeviceEdits['env']
  readonly groups: readonly number[]
  /** Optional requests without a matching device. */
  readonly missing: readonly string[]
}

export interface DeviceOptions {
  /**
   * Grants: `device` for all, `device=NAME`, or `device=NAME,alias=REQUEST` to give NAME to a
   * request.
   */
  readonly allow: readonly string[]
  /** Devices for every RUN: names, or device files as `source[:target]`. */
  readonly given: readonly string[]
  /** Directories with specifications of the machine's devices. */
  readonly directories?: readonly string[]
}

/**
 * Finds devices in the machine's specifications, read when a RUN first asks for one. Throws
 * `DEVICE_NOT_FOUND` for a required device that is missing, `DEVICE_NOT_ALLOWED`, and
 * `DEVICE_UNSUPPORTED` for a device that needs more than files, mounts and variables.
 */
export function deviceFinder({
  allow,
  given,
  directories,
}: DeviceOptions): (asked: NonNullable<RunOp['devices']>) => Promise<ResolvedDevices> {
  const files = given.filter((device) => device.startsWith('/')).map(deviceFile)
  const always = given.filter((device) => !device.startsWith('/')).map((name) => ({ name, required: true }))
  const grants = [
    ...allow.filter((grant) => grant === 'device' || grant.startsWith('device=')).map(parseGrant),
    ...always,
  ]
  let read: Promise<CdiRegistry> | undefined
  return async (asked) => {
    const requests = [...always, ...asked]
    if (requests.length === 0) return { mounts: files, env: [], groups: [], missing: [] }
    const registry = await (read ??= readCdi(directories))
    const found = requests.map((request) => {
      const alias = grants.find((grant) => 'alias' in grant && grant.alias === request.name)
      return { request, granted: alias !== undefined, names: findDevices(registry, alias?.name ?? request.name) }
    })
    for (const { request, names } of found)
      if (names.length === 0 && request.required) throw notFound(request.name, registry)
    const ofName = grants.filter((grant) => !('alias' in grant))
    const allowed = new Set(
      ofName.flatMap(({ name }) => (name === undefined ? [...registry.devices.keys()] : findDevices(registry, name))),
    )
    const refused = found
      .flatMap(({ granted, names }) => (granted ? [] : names))
      .filter((name) => !allowed.has(name) && !isFree(registry, name))
    if (refused.length > 0) throw notAllowed([...new Set(refused)])
    const names = found.flatMap((one) => one.names)
    const { mounts, ...rest } = chooseDevices(names, findEdits(registry, names))
    return {
      ...rest,
      mounts: [...files, ...mounts],
      missing: found.flatMap((one) => (one.names.length === 0 ? [one.request.name] : [])),
    }
  }
}

function deviceFile(text: string): RootfsMount {
  const [source = '', target = source] = text.split(':')
  return { type: 'device', source, target }
}

function parseGrant(grant: string): { readonly name?: string; readonly alias?: string } {
  const [name, ...options] = grant.slice('device='.length).split(',')
  const alias = options.find((option) => option.startsWith('alias='))?.slice('alias='.length)
  return { ...(name && { name }), ...(alias !== undefined && { alias }) }
}

function chooseDevices(
  names: readonly string[],
  { env, nodes, mounts, groups, beyond }: DeviceEdits,
): Omit<ResolvedDevices, 'missing'> {
  if (beyond.length > 0) {
    throw new RunError(
      'DEVICE_UNSUPPORTED',
      `device ${names.join(', ')} needs ${beyond.join(' and ')}, which tsbuild does not support`,
      {
        hint: 'write its specification without them: nvidia-ctk cdi generate has --disable-hook=all',
      },
    )
  }
  return {
    mounts: [
      ...nodes.map((node) => ({ type: 'device' as const, ...node })),
      ...mounts.map((mount) => ({ type: 'bind' as const, ...mount })),
    ],
    env,
    groups,
  }
}

function notFound(name: string, { devices, problems }: CdiRegistry): RunError {
  const known =
    devices.size === 0
      ? 'no device is registered in /etc/cdi or /var/run/cdi'
      : `registered are ${[...devices.keys()].join(', ')}`
  return new RunError('DEVICE_NOT_FOUND', `required device ${JSON.stringify(name)} is not registered`, {
    hint: [known, ...problems].join('; '),
  })
}

function notAllowed(names: readonly string[]): RunError {
  const [first] = names
  const message =
    names.length === 1
      ? `device ${first} is requested by the build but not allowed`
      : `devices ${names.join(', ')} are requested by the build but not allowed`
  return new RunError('DEVICE_NOT_ALLOWED', message, { hint: `pass --allow device, or --allow device=${first}` })
}
