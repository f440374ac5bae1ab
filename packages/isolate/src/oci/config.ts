import { randomBytes } from 'node:crypto'
import { hostArch } from '../launcher/start.ts'
import type { Mount, ProcessSpec } from '../model/process.ts'
import type { Host } from '../plan/host.ts'
import { sandboxRights } from '../plan/sandbox-rights.ts'
import { maskedPaths, readonlyPaths } from '../model/masked-paths.ts'
import { borrowsSys, showsDevices } from '../plan/system-mounts.ts'
import { parseUlimit } from '../plan/ulimits.ts'
import { capabilityNames } from './capability-names.ts'
import { seccompProfile } from './seccomp.ts'

/** A mount of a runtime configuration. */
interface BundleMount {
  readonly destination: string
  readonly type: string
  readonly source: string
  readonly options: readonly string[]
}

/**
 * Text of `config.json` for a process, by the OCI runtime specification 1.0.2. Networks, host
 * devices in the root directory, and limits of a control group belong to the process that executes
 * the runtime. `program` is what the container executes, `hook` a program for its mounts.
 */
export function runtimeConfig(
  spec: ProcessSpec,
  host: Host,
  { program, hook }: { readonly program: string; readonly hook: string },
): string {
  const sandboxed = spec.security === 'sandbox'
  const { sockets, capabilities: allowed } = sandboxRights(spec)
  const permitted = capabilityNames(sandboxed ? host.capabilities & allowed : host.capabilities)
  const { uid, gid, groups } = spec.user
  return stringify({
    ociVersion: '1.0.2',
    process: {
      terminal: false,
      user: { uid, gid, additionalGids: groups, umask: 0o022 },
      args: [program],
      env: [],
      cwd: spec.cwd,
      capabilities: {
        bounding: sandboxed ? capabilityNames(allowed) : permitted,
        effective: permitted,
        permitted,
        // Let another user than root keep them.
        inheritable: sandboxed ? [] : permitted,
        ambient: sandboxed ? [] : permitted,
      },
      rlimits: spec.ulimits
        .map(parseUlimit)
        .map(({ name, soft, hard }) => ({ type: `RLIMIT_${name.toUpperCase()}`, soft, hard })),
      noNewPrivileges: false,
    },
    root: { path: spec.rootfs, readonly: false },
    hostname: spec.hostname,
    hooks: { createContainer: [{ path: hook }] },
    mounts: [...systemMounts(spec, host), ...spec.mounts.map(bundleMount)],
    linux: {
      namespaces: ['pid', 'ipc', 'uts', 'mount'].map((type) => ({ type })),
      ...(sandboxed && { maskedPaths, readonlyPaths, seccomp: seccompProfile(hostArch(), sockets) }),
    },
  })
}

const quiet = ['nosuid', 'nodev', 'noexec']

/**
 * Mounts of the rungs with namespaces (`plan/system-mounts.ts`). Runtimes make the usual device
 * files and links in /dev.
 */
function systemMounts(spec: ProcessSpec, host: Host): readonly BundleMount[] {
  const access = spec.security === 'sandbox' ? ['ro'] : []
  const terminals = ['newinstance', 'ptmxmode=0666', 'mode=0620', ...(host.hasTerminalGroup ? ['gid=5'] : [])]
  const devices = showsDevices(spec, host) ? host.dangerousDevices : []
  return [
    toMount('proc', '/proc', quiet),
    toMount('tmpfs', '/dev', ['nosuid', 'mode=755', 'size=65536k']),
    toMount('devpts', '/dev/pts', ['nosuid', 'noexec', ...terminals]),
    toMount('tmpfs', '/dev/shm', [...quiet, 'mode=1777', `size=${spec.shmSize ?? 64 << 20}`]),
    toMount('mqueue', '/dev/mqueue', quiet),
    ...(borrowsSys(spec, host) ? [bind('/sys', '/sys', ['rbind', ...quiet, ...access])] : ownSys(access)),
    ...devices.map((path) => bind(path, path, ['bind', 'nosuid', 'noexec'])),
  ]
}

/** The control group is mounted by the process that executes the runtime. */
function ownSys(access: readonly string[]): readonly BundleMount[] {
  return [
    toMount('sysfs', '/sys', [...quiet, ...access]),
    bind('/sys/fs/cgroup', '/sys/fs/cgroup', ['bind', ...quiet, ...access]),
  ]
}

function bundleMount(mount: Mount): BundleMount {
  if (mount.type === 'tmpfs') {
    const size = mount.size === undefined ? [] : [`size=${mount.size}`]
    const options = [
      'nosuid',
      'nodev',
      `mode=${(mount.mode ?? 0o1777).toString(8)}`,
      ...size,
      ...(mount.readonly ? ['ro'] : []),
    ]
    return toMount('tmpfs', mount.target, options)
  }
  const { source, target, readonly, recursive = false, devices = false } = mount
  return bind(source, target, [
    recursive ? 'rbind' : 'bind',
    ...(devices ? [] : ['nodev']),
    ...(readonly ? ['ro'] : []),
  ])
}

function toMount(type: string, destination: string, options: readonly string[]): BundleMount {
  return { destination, type, source: type, options }
}

function bind(source: string, destination: string, options: readonly string[]): BundleMount {
  return { destination, type: 'bind', source, options }
}

/** JSON with numbers of 64 bits, such as RLIM_INFINITY. */
function stringify(value: unknown): string {
  const mark = randomBytes(16).toString('hex')
  const text = JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${mark}${part}` : part))
  return text.replaceAll(new RegExp(`"${mark}(\\d+)"`, 'g'), '$1')
}
