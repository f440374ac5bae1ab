import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { type ContentSource, ContentError, verified } from '@tsbuild/content'
import type { Rung } from '@tsbuild/isolate'
import { hostPlatform } from '@tsbuild/oci'
import type { Layer } from '../../layer/layer.ts'
import { LayerStore } from '../../layer/layer-store.ts'
import { takeLease } from '../../layer/disk/lease.ts'
import { AgentClient } from '../../rootfs/client/agent-client.ts'
import { openOwnAgent } from '../../rootfs/client/own-agent.ts'
import { openLimits } from '../../rootfs/open-limits.ts'
import type { RootfsMount } from '../../rootfs/protocol/provider.ts'
import { selectRung } from '../../rootfs/select-rung.ts'
import type { WorkerResult } from '../worker-result.ts'
import { layerFile, type TaskLayer, type TaskMount, taskVersion, type WorkerTask } from '../worker-task.ts'

interface Place {
  /** Directory with the files of the action. */
  readonly root: string
  readonly signal: AbortSignal
  /** This process has a mount namespace of its own. */
  readonly hasMounts: boolean
}

/** Runs a step; `layerPath` is the file with the blob of its layer. */
export async function runTask(
  task: WorkerTask,
  { root, signal, hasMounts }: Place,
): Promise<Extract<WorkerResult, { result: unknown }> & { readonly layerPath?: string }> {
  if (task.version !== taskVersion) throw new TypeError(`a task of version ${String(task.version)}`)
  await using resources = new AsyncDisposableStack()
  const kept = task.store !== undefined
  const store = await LayerStore.open(task.store ?? join(root, 'store'), undefined, { durable: kept })
  resources.use(await takeLease(store.paths))
  const layers = await Promise.all(task.layers.map((layer) => receiveLayer(layer, store, root)))
  const limits = task.limits && resources.use(await openLimits(task.limits, warn))
  const rung = await selectRung({
    store,
    limitedTo: limits?.limitedTo,
    startAgent: (rung, setup, scratch) =>
      hasRightsOf(rung, hasMounts) ? openOwnAgent(setup) : AgentClient.start(rung, setup, scratch),
    ...(task.isolation !== undefined && { isolation: task.isolation }),
  })
  const provider = resources.use(await rung.open())
  const { architecture, ...process } = task.process
  const { result, layer } = await provider.run(
    pick(layers, task.snapshot),
    {
      ...process,
      mounts: task.mounts.map((mount) => rootfsMount(mount, layers)),
      ...(architecture !== hostPlatform().architecture && { architecture }),
    },
    { signal, onOutput: print, compression: task.compression, ...(task.epoch !== undefined && { epoch: task.epoch }) },
  )
  const ended = { result, rung: provider.rung }
  if (layer === undefined) return ended
  const [diffId, created, blob] = await Promise.all([layer.diffId(), layer.created(), layer.blob(task.compression)])
  return {
    ...ended,
    layer: { id: layer.id, diffId, blob, ...(created !== undefined && { created }) },
    layerPath: store.blobs.pathOf(blob.digest),
  }
}

/**
 * True where this process has the rights of the rung; a process of its own would cost a second
 * start of Node.
 */
function hasRightsOf({ mounts, idMaps }: Rung, hasMounts: boolean): boolean {
  return !mounts || (hasMounts && idMaps === undefined)
}

async function receiveLayer({ id, diffId, blob }: TaskLayer, store: LayerStore, root: string): Promise<Layer> {
  const source: ContentSource = {
    has: async () => true,
    open: async (target) => verified(createReadStream(join(root, layerFile(target))), target),
  }
  return (await store.load(id, diffId)) ?? (await store.receive(id, { diffId, blob }, source))
}

function pick(layers: readonly Layer[], indices: readonly number[]): readonly Layer[] {
  return indices.map((index) => {
    const layer = layers[index]
    if (layer === undefined) throw new ContentError('NOT_FOUND', `the step has no layer ${index}`)
    return layer
  })
}

function rootfsMount(mount: TaskMount, layers: readonly Layer[]): RootfsMount {
  if (mount.type === 'file') return { ...mount, content: Buffer.from(mount.content, 'base64') }
  return mount.type === 'snapshot' ? { ...mount, snapshot: pick(layers, mount.snapshot) } : mount
}

async function print(stream: 'stdout' | 'stderr', data: Uint8Array): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  process[stream].write(data, () => resolve())
  await promise
}

function warn(event: { readonly type: string; readonly message?: string }): void {
  if (event.type === 'warning') process.stderr.write(`warning: ${event.message}\n`)
}
