import pLimit from 'p-limit'
import { hostPlatform } from '@tsbuild/oci'
import { selectionDigest } from '@tsbuild/tree'
import type { RunOp } from '../../graph/op.ts'
import { snapshotView } from '../../layer/snapshot-view.ts'
import type { RootfsMount, RootfsProcess, RootfsProvider } from '../../rootfs/protocol/provider.ts'
import type { OpExecutor } from '../../solve/executor.ts'
import { keyOf } from '../../solve/key.ts'
import { quoteGo } from '@tsbuild/dockerfile'
import { filesRead } from '../../solve/files-read.ts'
import { checkTexts } from './check-texts.ts'
import { checkProcessor } from './processor-level.ts'
import type { ResolvedDevices } from './run-devices.ts'
import { localReason, type RemoteRuns } from './remote-runs.ts'
import { RunError } from './run-error.ts'
import { runFacts, runKey } from './run-key.ts'
import { openCaches, type ResolvedMounts, prepareMounts, type RunResources, withCaches } from './run-mounts.ts'

/** A path of the machine and where RUN sees it. */
export interface Volume {
  readonly source: string
  readonly target: string
  readonly readonly: boolean
}

export interface RunExecutorOptions extends RunResources {
  /** The rootfs provider. Made when the first RUN actually runs. */
  provider(): Promise<RootfsProvider>
  /** Devices of every RUN. */
  readonly givenDevices: readonly string[]
  /** Devices of the requests. */
  devices(requests: NonNullable<RunOp['devices']>): Promise<ResolvedDevices>
  /** Directories and files of the machine that every RUN sees. Not part of any key. */
  readonly volumes: readonly Volume[]
  /** Proxy variables given from outside: seen by the process, part of no key. */
  readonly proxyEnv: readonly (readonly [string, string])[]
  /** Machines that run the steps that do not need this one. */
  readonly remote?: RemoteRuns
  /** Processes at the same time. */
  readonly concurrency: number
}

/** RUN: a process in the rootfs of input 0. Its changes are a new layer. */
export function runExecutor(options: RunExecutorOptions): OpExecutor<RunOp> {
  const limit = pLimit(options.concurrency)
  return {
    key: async (op) => keyOf('run', runKey(op)),
    inputDigest: async (op, index, input) => {
      const sources = mountSources(op, index)
      return sources.length === 0 ? undefined : selectionDigest(await snapshotView(input), sources)
    },
    facts: runFacts,
    filesRead: async (op, index, input) => {
      const sources = mountSources(op, index)
      return sources.length === 0 ? undefined : filesRead(await snapshotView(input), sources)
    },
    run: async (op, inputs, { signal, report, vertex, compression, fresh = false }) => {
      const here = options.remote && localReason(op, options)
      const remote = here === undefined ? options.remote : undefined
      const onNote = (text: string): unknown =>
        report({ type: 'log', vertex, stream: 'stderr', data: Buffer.from(`[remote] ${text}\n`), time: Date.now() })
      if (here !== undefined) await onNote(`runs on this machine, because ${here}`)
      if (remote === undefined) checkProcessor(op.platform)
      const base = inputs[0] ?? []
      const resolved = await prepareMounts(op.mounts, inputs, options)
      const devices = await options.devices(op.devices ?? [])
      for (const name of devices.missing)
        await report({
          type: 'warning',
          code: 'DeviceMissing',
          message: `optional device ${quoteGo(name)} is not registered`,
        })
      const env = processEnv(op, remote === undefined ? options.proxyEnv : [], [...resolved.env, ...devices.env])
      const process = { ...processOf(op), env, groups: devices.groups }
      checkTexts(process)
      const onOutput = (stream: 'stdout' | 'stderr', data: Uint8Array): unknown =>
        report({ type: 'log', vertex, stream, data, time: Date.now() })
      const run = async (mounts: readonly RootfsMount[]): ReturnType<RootfsProvider['run']> => {
        signal.throwIfAborted()
        const io = { signal, onOutput, compression, ...(op.epoch !== undefined && { epoch: op.epoch }) }
        const allMounts = [...volumeMounts(options.volumes), ...mounts, ...devices.mounts, ...scriptMount(op)]
        if (remote !== undefined) return remote.run(base, { ...process, mounts: allMounts }, { ...io, fresh, onNote })
        const provider = await options.provider()
        await openCaches(resolved, mounts, options)
        return provider.run(base, { ...process, mounts: allMounts }, io)
      }
      const { result, layer } = await withCaches(
        resolved,
        (mounts) => (remote === undefined ? limit(() => run(mounts)) : run(mounts)),
        signal,
      )
      signal.throwIfAborted()
      if (result.exitCode !== 0 || !layer) throw RunError.ofProcess(op.args, result)
      return [...base, layer]
    },
  }
}

/** Everything about the process that the step itself says. */
function processOf(op: RunOp): Omit<RootfsProcess, 'env' | 'mounts'> {
  return {
    args: op.args,
    cwd: op.cwd,
    user: op.user,
    hostname: op.hostname,
    network: op.network,
    security: op.security,
    extraHosts: op.extraHosts,
    ulimits: op.ulimits,
    ...(op.platform.architecture === hostPlatform().architecture ? {} : { architecture: op.platform.architecture }),
    ...(op.shmSize !== undefined && { shmSize: op.shmSize }),
  }
}

/** Paths of an input that are mounted. */
function mountSources({ mounts }: RunOp, index: number): readonly { readonly path: string; readonly literal: true }[] {
  return mounts.flatMap((mount) =>
    'input' in mount && mount.input === index ? [{ path: mount.source, literal: true } as const] : [],
  )
}

/** Proxies override declared variables. Secrets and devices override both. */
function processEnv(
  op: RunOp,
  proxies: RunExecutorOptions['proxyEnv'],
  given: ResolvedMounts['env'],
): readonly (readonly [string, string])[] {
  return [...new Map([...op.env, ...proxies, ...given])]
}

function volumeMounts(volumes: readonly Volume[]): readonly RootfsMount[] {
  return volumes.map((volume) => ({ type: 'bind', ...volume }))
}

function scriptMount({ script }: RunOp): readonly RootfsMount[] {
  return script
    ? [{ type: 'file', target: script.path, content: Buffer.from(script.text), mode: 0o755, uid: 0, gid: 0 }]
    : []
}
