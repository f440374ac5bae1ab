import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { temporaryPath } from '@tsbuild/content'
import type { LimitedTo, Rung } from '@tsbuild/isolate'
import type { Layer, Snapshot } from '../../layer/layer.ts'
import type { LayerStore } from '../../layer/layer-store.ts'
import { removeUnpacked } from '../../layer/disk/remove-unpacked.ts'
import { AgentClient } from './agent-client.ts'
import type { StartAgent } from './agent-link.ts'
import { bootId } from '../../layer/disk/boot-id.ts'
import type { AgentMount, AgentSetup, RunAnswer, StoredSnapshot, Strategy } from '../protocol/agent-protocol.ts'
import { ownedPaths } from '../protocol/owned-paths.ts'
import type { RootfsMount, RootfsProvider } from '../protocol/provider.ts'
import { RootfsError } from '../protocol/rootfs-error.ts'
import { storedLayers } from '../layers/stored-layers.ts'

export interface AgentOptions {
  readonly strategy: Strategy
  readonly limitedTo?: LimitedTo | undefined
  /** Default: a separate process. */
  readonly startAgent?: StartAgent | undefined
}

/** Runs everything in one agent, started at once. */
export async function openAgentProvider(
  store: LayerStore,
  rung: Rung,
  { strategy, limitedTo, startAgent = (...parts) => AgentClient.start(...parts) }: AgentOptions,
): Promise<RootfsProvider> {
  const idMaps = rung.idMaps?.()
  const boot = bootId()
  const work = resolve(temporaryPath(store.paths.work, 'agent'))
  const setup: AgentSetup = {
    rung: rung.name,
    strategy,
    root: resolve(store.paths.root, '..'),
    work,
    durable: store.paths.durable,
    ...(idMaps !== undefined && { idMaps }),
    ...(boot !== undefined && { boot }),
    ...(limitedTo && { limitedTo }),
  }
  await using cleanup = new AsyncDisposableStack()
  await mkdir(work, { mode: 0o700 })
  // The agent removes it, with rights that this process may lack; what is left then is that of an
  // agent that died.
  cleanup.defer(() => removeUnpacked(work, store.paths))
  const agent = cleanup.use(await startAgent(rung, setup, work))
  const stored = async (snapshot: Snapshot): Promise<StoredSnapshot> => {
    const layers = await storedLayers(snapshot, { store, strategy, idMaps, boot })
    return rung.ledger === 'none' ? { layers } : { layers, owned: await ownedPaths(snapshot, rung.ledger) }
  }
  const kept = cleanup.move()
  return {
    rung: strategy === 'overlay' ? rung.name : `${rung.name}, copying`,
    run: async (snapshot, { mounts, ...process }, { compression, epoch, ...io }) => {
      const request = {
        snapshot: await stored(snapshot),
        process: { ...process, mounts: await Promise.all(mounts.map((mount) => storedMount(mount, stored))) },
        compression,
        ...(epoch !== undefined && { epoch }),
      }
      const { result, committed } = answered((await agent.ask({ type: 'run', request }, io)).run)
      return committed === undefined ? { result } : { result, layer: await loadLayer(store, committed) }
    },
    unpackMount: async (request, signal) => void (await agent.ask({ type: 'unpack', request }, { signal, onOutput })),
    packMount: async (request, signal) =>
      answered((await agent.ask({ type: 'pack', request }, { signal, onOutput })).pack),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

/** Work on cache mounts has no output. */
function onOutput(): void {}

function answered<T>(answer: T | undefined): T {
  if (answer === undefined) throw new TypeError('an agent gave the answer of another job')
  return answer
}

async function storedMount(
  mount: RootfsMount,
  stored: (snapshot: Snapshot) => Promise<StoredSnapshot>,
): Promise<AgentMount> {
  if (mount.type === 'snapshot') {
    const { snapshot, ...rest } = mount
    return { ...rest, ...(await stored(snapshot)) }
  }
  if (mount.type === 'cache') {
    const { seed, ...rest } = mount
    return seed === undefined ? rest : { ...rest, seed: { ...(await stored(seed.snapshot)), path: seed.path } }
  }
  return mount
}

async function loadLayer(store: LayerStore, { id, diffId }: NonNullable<RunAnswer['committed']>): Promise<Layer> {
  const layer = await store.load(id, diffId)
  if (layer) return layer
  throw new RootfsError('LAYER_GONE', `layer ${diffId} was committed and is gone`, {
    hint: 'another process has pruned the store; build again',
  })
}
