import type { Compression } from '@tsbuild/content'
import type { RunOp } from '../../graph/op.ts'
import type { Snapshot } from '../../layer/layer.ts'
import type { RootfsIo, RootfsProcess, RootfsProvider } from '../../rootfs/protocol/provider.ts'

/** Output of a step on another machine, and the form of its layer. */
export interface RemoteIo extends RootfsIo {
  readonly compression: Compression
  /** Seconds: no file of the layer is dated later. */
  readonly epoch?: number
  /** Also runs a step whose result the server has. */
  readonly fresh: boolean
  /** Takes a line about the way of the step, for people. */
  onNote(text: string): unknown
}

/** Other machines that run steps. */
export interface RemoteRuns {
  /** For people: a server. */
  readonly name: string
  run(snapshot: Snapshot, process: RootfsProcess, io: RemoteIo): ReturnType<RootfsProvider['run']>
}

/** Things of this machine that a build gives to its steps. */
export interface LocalThings {
  readonly volumes: readonly unknown[]
  /** Devices of every step. */
  readonly givenDevices: readonly unknown[]
}

/**
 * Reason why a step has to run on this machine, in words that follow "because". Undefined for a
 * step that may run anywhere. Secrets never leave this machine.
 */
export function localReason(
  { mounts, devices = [], network }: Pick<RunOp, 'mounts' | 'devices' | 'network'>,
  given: LocalThings,
): string | undefined {
  const types = new Set(mounts.map(({ type }) => type))
  if (types.has('secret')) return 'it has a secret'
  if (types.has('ssh')) return 'it uses an SSH agent'
  if (types.has('cache')) return 'it has a cache mount'
  if (devices.length > 0 || given.givenDevices.length > 0) return 'it has a device'
  if (given.volumes.length > 0) return 'it sees a path of this machine'
  return network === 'host' ? 'it uses the network of this machine' : undefined
}
