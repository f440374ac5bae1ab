import type { Call } from '../machine/call.ts'
import { type FurtherLauncher, type Launch, startLauncher } from '../launcher/start.ts'
import { type IdMaps, lacksIds, readIdMaps, singleIdMaps, tooFewIds, writeIdMaps } from '../model/id-map.ts'
import { Ledger } from '../ledger/ledger.ts'
import { Supervisors } from '../supervision/supervisors.ts'
import { ledgerIsolator, namespaceIsolator } from './namespaces.ts'
import { loadLibc } from '../machine/libc.ts'
import { overlayMount, seeWriteBackError } from '../root/overlay.ts'
import { planEnter } from '../plan/enter.ts'
import { capability, capabilitySet } from '../plan/capabilities.ts'
import { effectiveCapabilities, type Host, readHost } from '../plan/host.ts'
import { namespaceFlags, planConfined } from '../plan/namespaces.ts'
import { CLONE_NEWUTS } from '../machine/flags.ts'
import { awaitResult } from '../launcher/process-result.ts'
import type { Availability, ProcessSpec } from '../model/process.ts'
import { obstacleToMapping } from './mapping-obstacles.ts'
import type { ProbeRequest, Program, Rung } from './rung.ts'
import { availability, endTrial, oldKernel, trialProcess } from './trial.ts'

/** Limitations of the rungs in a user namespace. */
const losses = {
  userns: 'devices of the image are empty files for a step',
  'userns-single': 'a process of root that becomes another user keeps its access to files until it executes a program',
} as const

/** Root of the machine, or of a container that may mount: everything is real. */
export const rootRung: Rung = namespaceRung('root')

/** Anybody whom the system gives subordinate ids: root of a user namespace. */
export const usernsRung: Rung = namespaceRung('userns', readIdMaps)

/** Any user, as root of a user namespace with one id: a ledger keeps the owners. */
export const usernsSingleRung: Rung = namespaceRung('userns-single', singleIdMaps)

function namespaceRung(name: 'root' | 'userns' | 'userns-single', idMaps?: () => IdMaps): Rung {
  const user = idMaps !== undefined
  const hasOneId = name === 'userns-single'
  return {
    name,
    userXattrs: user,
    ...(idMaps !== undefined && { idMaps }),
    ledger: hasOneId ? 'owners' : 'none',
    mounts: true,
    emulators: user ? 'registered' : 'none',
    ...(name !== 'root' && { loses: losses[name] }),
    probe: (request) => probe(request, { name, idMaps }),
    start: async ({ args, env, scratch }) => {
      const execute: Call = {
        name: 'execve',
        args: [args[0] ?? '', { words: [...args, 0] }, environment(env)],
        purpose: `exec ${args[0] ?? ''}`,
      }
      const { child, ended } = startMapped([...planEnter({ user }), execute], {
        scratch,
        maps: idMaps?.(),
        channel: true,
      })
      return { child, ended: awaitResult(ended) }
    },
    isolator: hasOneId ? ledgerIsolator : namespaceIsolator,
  }
}

interface MappedOptions {
  readonly scratch: string
  readonly maps: IdMaps | undefined
  readonly channel: boolean
  /** For a process that listens to system calls. */
  readonly ledger?: Ledger
  readonly further?: FurtherLauncher
}

const root: ProcessSpec['user'] = { uid: 0, gid: 0, groups: [] }

/**
 * Starts a launch. Writes the id maps of a new user namespace when it waits for them, and
 * supervises it when it listens.
 */
export function startMapped(
  calls: readonly Call[],
  { scratch, maps, channel, ledger, further }: MappedOptions,
): Launch {
  const launch = startLauncher(calls, {
    scratch,
    stdio: channel ? ['ignore', 'ignore', 'pipe', 'ipc'] : ['ignore', 'ignore', 'ignore'],
    ...(maps !== undefined && { onPid: (pid: number) => writeIdMaps(pid, maps) }),
    ...(further !== undefined && { further }),
    onListener: (process) => {
      if (ledger !== undefined) new Supervisors().supervise(process, { ledger, user: root }).catch(launch.kill)
    },
  })
  return launch
}

/** One launch that does everything a RUN would do, short of executing a program. */
async function probe(
  { directory, overlay }: ProbeRequest,
  { name, idMaps }: { readonly name: Rung['name']; readonly idMaps: (() => IdMaps) | undefined },
): Promise<Availability> {
  const obstacle = name === 'root' ? obstacleToRoot() : name === 'userns' ? obstacleToMapping() : undefined
  if (obstacle !== undefined) return obstacle
  const user = idMaps !== undefined
  const found = await availability(async () => {
    const ledger = name === 'userns-single' ? new Ledger() : undefined
    const host = user ? inUserNamespace(readHost(), { hasTerminalGroup: ledger === undefined }) : readHost()
    const mount = overlay && overlayMount(overlay)
    const process = { ...trialProcess(overlay?.target ?? directory), ...(ledger !== undefined && { ledger }) }
    const calls: readonly Call[] = [
      ...planEnter({ user, more: namespaceFlags({ network: 'default' }) }),
      ...(mount
        ? [
            {
              name: 'mount',
              args: ['overlay', mount.target, 'overlay', mount.flags, mount.options],
              purpose: 'mount an overlay',
            } as const,
          ]
        : []),
      ...planConfined(process, host),
      endTrial,
    ]
    const attempt = (): Promise<unknown> =>
      startMapped(calls, { scratch: directory, maps: idMaps?.(), channel: false, ...(ledger && { ledger }) }).ended
    await attempt().catch((error: unknown) => {
      if (!overlay || !/\bEIO\b/.test(String(error))) throw error
      seeWriteBackError(loadLibc(), directory)
      return attempt()
    })
  }, idMaps && allowNamespaces)
  if (found.available || !user || found.obstacles?.includes('masked-proc') !== true) return found
  const maps = idMaps()
  const next = await availability(() => startMapped(planHostName, { scratch: directory, maps, channel: false }).ended)
  const more = next.available ? [] : (next.obstacles ?? [])
  return { ...found, hint: showProc, obstacles: [...new Set([...found.obstacles, ...more])] }
}

/**
 * A call that the default seccomp profile of podman refuses, although it allows namespaces. A
 * covered /proc keeps a launch from coming that far.
 */
const planHostName: readonly Call[] = [
  ...planEnter({ user: true, more: CLONE_NEWUTS }),
  { name: 'sethostname', args: ['probe', 5], purpose: 'set the host name' },
  endTrial,
]

/**
 * A host as root of a new user namespace sees it: even an ordinary user has every capability there.
 */
export function inUserNamespace(host: Host, { hasTerminalGroup }: Pick<Host, 'hasTerminalGroup'>): Host {
  return { ...host, capabilities: capabilitySet(Object.values(capability)), inUserNamespace: true, hasTerminalGroup }
}

const showProc =
  'cover nothing below /proc (--security-opt systempaths=unconfined of docker and podman), and allow user namespaces'

const allowNamespaces =
  'allow user namespaces: sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone and ' +
  'kernel.apparmor_restrict_unprivileged_userns, or the seccomp profile of the container'

function obstacleToRoot(): Availability | undefined {
  if ((effectiveCapabilities() & capabilitySet([capability.SYS_ADMIN])) === 0n)
    return {
      available: false,
      reason: 'the capability SYS_ADMIN is missing',
      hint: 'run as root, in a container with the right to mount',
      obstacles: ['sys-admin', ...oldKernel()],
    }
  return lacksIds() ? { available: false, reason: tooFewIds, obstacles: ['few-ids'] } : undefined
}

/**
 * The program's environment with the channel in it: Node looks for it there, and it is the
 * descriptor after the report's.
 */
function environment(env: Program['env']): { readonly words: readonly (string | 0)[] } {
  const channel = { ...env, NODE_CHANNEL_FD: '4', NODE_CHANNEL_SERIALIZATION_MODE: 'advanced' }
  return {
    words: [
      ...Object.entries(channel).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])),
      0,
    ],
  }
}
