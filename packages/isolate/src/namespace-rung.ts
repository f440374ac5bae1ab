import type { Call } from './launcher/call.ts'
import { type Launch, startLauncher } from './launcher/start.ts'
import { type IdMaps, readIdMaps, writeIdMaps } from './id-map.ts'
import { namespaceIsolator } from './namespaces.ts'
import { overlayMount } from './overlay.ts'
import { planEnter } from './plan/enter.ts'
import { capability, capabilitySet } from './plan/capabilities.ts'
import { effectiveCapabilities, hasNoNewPrivileges, type Host, readHost } from './plan/host.ts'
import { namespacesOf, planConfined } from './plan/namespaces.ts'
import { resultOf } from './process-result.ts'
import type { Availability } from './process.ts'
import type { ProbeRequest, Program, Rung } from './rung.ts'
import { availability, endTrial, trialProcess } from './trial.ts'

/** Root of the machine, or of a container that may mount: everything is real. */
export const rootRung: Rung = namespaceRung('root')

/** Anybody whom the system gives subordinate ids: root of a user namespace. */
export const usernsRung: Rung = namespaceRung('userns')

function namespaceRung(name: 'root' | 'userns'): Rung {
  const user = name === 'userns'
  return {
    name,
    userXattrs: user,
    mounts: true,
    emulators: user,
    probe: (request) => probe(request, user),
    start: async ({ args, env, scratch }) => {
      const execute: Call = {
        name: 'execve',
        args: [args[0] ?? '', { words: [...args, 0] }, environment(env)],
        purpose: `exec ${args[0] ?? ''}`,
      }
      const { child, ended } = startMapped([...planEnter({ user }), execute], { scratch, user, channel: true })
      return { child, ended: resultOf(ended) }
    },
    isolator: namespaceIsolator,
  }
}

/** Starts a launch and, for a new user namespace, writes its id maps when it waits for them. */
function startMapped(
  calls: readonly Call[],
  { scratch, user, channel }: { readonly scratch: string; readonly user: boolean; readonly channel: boolean },
): Launch {
  const maps: IdMaps | undefined = user ? readIdMaps() : undefined
  return startLauncher(calls, {
    scratch,
    stdio: channel ? ['ignore', 'ignore', 'pipe', 'ipc'] : ['ignore', 'ignore', 'ignore'],
    ...(maps === undefined ? {} : { onPid: (pid: number) => writeIdMaps(pid, maps) }),
  })
}

/** One launch that does everything a RUN would do, short of executing a program. */
async function probe({ directory, overlay }: ProbeRequest, user: boolean): Promise<Availability> {
  if (!user && (effectiveCapabilities() & capabilitySet([capability.SYS_ADMIN])) === 0n) {
    return { available: false, reason: 'the capability SYS_ADMIN is missing', hint: 'run as root, in a container with the right to mount' }
  }
  if (user && process.geteuid?.() !== 0 && hasNoNewPrivileges()) {
    return {
      available: false,
      reason: 'newuidmap cannot work under no_new_privs',
      hint: "run without no-new-privileges, or as root with the container engine's default capabilities",
    }
  }
  return availability(async () => {
    // In a new user namespace even an ordinary user has every capability.
    const made = { capabilities: capabilitySet(Object.values(capability)), inUserNamespace: true, hasTerminalGroup: true }
    const host: Host = user ? { ...readHost(), ...made } : readHost()
    const mount = overlay && overlayMount(overlay)
    const calls: readonly Call[] = [
      ...planEnter({ user, more: namespacesOf({ network: 'default' }) }),
      ...(mount
        ? [{ name: 'mount', args: ['overlay', mount.target, 'overlay', mount.flags, mount.options], purpose: 'mount an overlay' } as const]
        : []),
      ...planConfined(trialProcess(overlay?.target ?? directory), host),
      endTrial,
    ]
    await startMapped(calls, { scratch: directory, user, channel: false }).ended
  })
}

/** The program's environment with the channel in it: Node looks for it there, and it is the descriptor after the report's. */
function environment(env: Program['env']): { readonly words: readonly (string | 0)[] } {
  const channel = { ...env, NODE_CHANNEL_FD: '4', NODE_CHANNEL_SERIALIZATION_MODE: 'advanced' }
  return { words: [...Object.entries(channel).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`])), 0] }
}
