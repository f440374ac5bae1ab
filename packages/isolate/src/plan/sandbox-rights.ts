import type { ProcessSpec } from '../model/process.ts'
import { sandboxCapabilities, withoutRawSockets } from './capabilities.ts'
import type { Scope } from './landlock.ts'

/** Rights of a sandboxed process in namespaces of its own. */
export interface SandboxRights {
  readonly sockets: 'any' | 'ping'
  readonly capabilities: bigint
  /**
   * Parts of the machine that Landlock refuses. No path leads to its files, and no process id to
   * its processes.
   */
  readonly scopes: readonly Scope[]
}

/**
 * Raw sockets and abstract UNIX sockets are for a network of its own, or a requested one;
 * raw ones also for ping.
 */
export function sandboxRights({
  network,
  socketcall = false,
}: Pick<ProcessSpec, 'network' | 'socketcall'>): SandboxRights {
  if (network !== 'default') return { sockets: 'any', capabilities: sandboxCapabilities, scopes: [] }
  if (socketcall) return { sockets: 'any', capabilities: withoutRawSockets, scopes: ['sockets'] }
  return { sockets: 'ping', capabilities: sandboxCapabilities, scopes: ['sockets'] }
}
