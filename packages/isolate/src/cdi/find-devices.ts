import type { DeviceEdits } from './cdi-spec.ts'
import type { CdiRegistry } from './read-cdi.ts'

const classAnnotation = 'org.mobyproject.buildkit.device.class'
const allowAnnotation = 'org.mobyproject.buildkit.device.autoallow'

/**
 * Names of the devices that a request means: `vendor/class=name`, `=*` for all, none for the first,
 * or a class of an annotation.
 */
export function findDevices({ devices }: CdiRegistry, request: string): readonly string[] {
  const [kind = '', name = ''] = splitOnce(request)
  const ofKind = [...devices.keys()].filter((device) => device.startsWith(`${kind}=`))
  const named = name === '' ? ofKind.slice(0, 1) : name === '*' ? ofKind : ofKind.filter((device) => device === request)
  if (named.length > 0 && kind.includes('/')) return named
  return [...devices]
    .filter(([, { device }]) => device.annotations[classAnnotation] === request)
    .map(([device]) => device)
}

/** True if the machine's owner gives a device to every build. */
export function isFree({ devices }: CdiRegistry, name: string): boolean {
  return /^(1|t|true)$/i.test(devices.get(name)?.device.annotations[allowAnnotation] ?? '')
}

/** Parts of some devices that a process gets, those of each specification once. */
export function findEdits({ devices }: CdiRegistry, names: readonly string[]): DeviceEdits {
  const found = [...new Set(names)].flatMap((name) => devices.get(name) ?? [])
  const all = found.flatMap(({ device, spec }, index) =>
    found.findIndex((other) => other.spec === spec) === index ? [spec.edits, device.edits] : [device.edits],
  )
  return {
    env: all.flatMap(({ env }) => env),
    nodes: all.flatMap(({ nodes }) => nodes),
    mounts: all.flatMap(({ mounts }) => mounts),
    groups: all.flatMap(({ groups }) => groups),
    beyond: [...new Set(all.flatMap(({ beyond }) => beyond))],
  }
}

function splitOnce(request: string): readonly string[] {
  const equals = request.indexOf('=')
  return equals < 0 ? [request] : [request.slice(0, equals), request.slice(equals + 1)]
}
