import { chmod, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { TsbuildError } from '@tsbuild/errors'
import { temporaryPath } from '@tsbuild/content'
import {
  type Availability,
  findEmulator,
  IsolationError,
  type LimitedTo,
  type Obstacle,
  ociRungs,
  type Rung,
  rungs,
} from '@tsbuild/isolate'
import type { LayerStore } from '../layer/layer-store.ts'
import type { Strategy } from './protocol/agent-protocol.ts'
import type { StartAgent } from './client/agent-link.ts'
import { openAgentProvider } from './client/agent-provider.ts'
import type { RootfsProvider } from './protocol/provider.ts'
import { RootfsError } from './protocol/rootfs-error.ts'
import { type EmulatingProvider, withEmulation } from './with-emulation.ts'

/** A rung that does not work here, or not fully. */
export interface Refusal {
  readonly rung: string
  readonly reason: string
  readonly hint?: string
  /** The restrictions behind it, as far as known. */
  readonly obstacles?: readonly Obstacle[]
}

/** The rung to use, and why not a better one. */
export interface SelectedRung {
  readonly rung: Rung['name']
  readonly strategy: Strategy
  /** Limitations, for people; absent if it has none. */
  readonly loses?: string
  readonly refusals: readonly Refusal[]
  open(): Promise<RootfsProvider>
}

interface Wanted {
  readonly store: LayerStore
  /** The name of a rung; `auto` or nothing is the strongest that works. */
  readonly isolation?: string
  /** Limits of every process. */
  readonly limitedTo?: LimitedTo | undefined
  /** Starts the agents of rungs. Default: each in a process of its own. */
  readonly startAgent?: StartAgent
  /** Rungs that have been tried. */
  readonly refused?: readonly Refusal[]
}

/**
 * Finds the strongest rung that works, by trying; or tries only those that are named. Rejects with
 * `RUNG_UNAVAILABLE` when that does not work, and with `NO_RUNG` when none does.
 */
export async function selectRung(wanted: Wanted): Promise<SelectedRung> {
  const { store, isolation, limitedTo, startAgent, refused: tried = [] } = wanted
  const any = isolation === undefined || isolation === 'auto'
  const named = any ? rungs.filter(({ name }) => tried.every(({ rung }) => rung !== name)) : rungsNamed(isolation)
  const refusals = [...tried]
  for (const rung of named) {
    const { strategy, refused } = await tryRung(rung, store)
    if (refused) refusals.push({ rung: rung.name, ...refused })
    if (!strategy) continue
    const loses = rung.loses === undefined ? {} : { loses: rung.loses }
    const open = async (): Promise<RootfsProvider> => {
      try {
        const provider = await openAgentProvider(store, rung, { strategy, limitedTo, startAgent })
        const emulating = any ? emulatingRungs[rung.name] : undefined
        if (emulating === undefined) return provider
        const { name: isolation, mayEmulate } = emulating
        return withEmulation(provider, {
          mayEmulate,
          open: async () => (await selectRung({ ...wanted, isolation, refused: [] })).open(),
        })
      } catch (error) {
        // A probe is shorter than the work: the agent may meet what the probe did not.
        if (!any || rung === rungs.at(-1) || isIncomplete(error)) throw error
        const refused = [...refusals, { rung: rung.name, ...explainRefusal(error) }]
        const weaker = await selectRung({ ...wanted, refused })
        return weaker.open()
      }
    }
    return { rung: rung.name, strategy, refusals, ...loses, open }
  }
  throw refusal(isolation, refusals)
}

interface EmulatingRung extends Pick<EmulatingProvider, 'mayEmulate'> {
  readonly name: Rung['name']
}

/** Rungs that can execute programs for other processors where another one cannot. */
const emulatingRungs: Partial<Record<Rung['name'], EmulatingRung>> = {
  // The kernel can be given an emulator there.
  root: { name: 'userns', mayEmulate: (architecture) => findEmulator(architecture) !== undefined },
  // The kernel may have one, which a supervisor cannot use.
  confined: { name: 'chroot', mayEmulate: () => process.geteuid?.() === 0 },
}

/** True for an error that every rung would meet: a file of tsbuild is missing. */
function isIncomplete(error: unknown): boolean {
  return error instanceof RootfsError && error.code === 'PACKAGE_INCOMPLETE'
}

/** The rung of a name, or all whose name goes on after it: `oci` is every OCI runtime. */
export function rungsNamed(isolation: string): readonly Rung[] {
  return [...rungs, ...ociRungs].filter(({ name }) => name === isolation || name.startsWith(`${isolation}:`))
}

/** Reason and remedy of something that does not work, from its error. */
export function explainRefusal(error: unknown): Omit<Refusal, 'rung'> {
  if (!(error instanceof Error)) return { reason: String(error) }
  const hint = error instanceof TsbuildError && error.hint !== undefined ? { hint: error.hint } : {}
  const obstacles = error instanceof IsolationError && error.obstacles.length > 0 ? { obstacles: error.obstacles } : {}
  return { reason: error.message, ...hint, ...obstacles }
}

function refusal(isolation: string | undefined, refusals: readonly Refusal[]): RootfsError {
  const hint = bestHint(refusals)
  if (isolation !== undefined && isolation !== 'auto') {
    const reasons = [...new Set(refusals.map(({ reason }) => reason))]
    const reason = reasons.length === 0 ? `there is no rung "${isolation}"` : reasons.join('; ')
    return new RootfsError('RUNG_UNAVAILABLE', `cannot isolate processes as asked: ${reason}`, { hint })
  }
  const reasons = refusals.map(({ rung, reason }) => `${rung}: ${reason}`).join('; ')
  return new RootfsError('NO_RUNG', `cannot isolate processes here: ${reasons}`, { hint })
}

/**
 * The least to ask for: user namespaces for an ordinary user, a container's default capabilities
 * for root.
 */
function bestHint(refusals: readonly Refusal[]): string | undefined {
  const best = process.geteuid?.() === 0 ? 'chroot' : 'userns-single'
  return refusals
    .toSorted((a, b) => Number(b.rung === best) - Number(a.rung === best))
    .find(({ hint }) => hint !== undefined)?.hint
}

/** The best strategy for rootfs directories that works on a rung; `refused` says what does not. */
export async function tryRung(
  rung: Rung,
  store: LayerStore,
): Promise<{ readonly strategy?: Strategy; readonly refused?: Omit<Refusal, 'rung'> }> {
  const overlay = rung.mounts ? await probe(rung, store, true) : undefined
  if (overlay?.available) return { strategy: 'overlay' }
  const bare = await probe(rung, store, false)
  if (!bare.available) {
    const { available: _, ...refused } = bare
    return { refused }
  }
  if (!overlay) return { strategy: 'clone' }
  return {
    strategy: 'clone',
    refused: {
      reason: `overlays do not work in the store, layers are copied: ${overlay.reason}`,
      hint: 'put the store (--root) on a file system such as ext4 or xfs',
    },
  }
}

async function probe(rung: Rung, { paths }: LayerStore, overlay: boolean): Promise<Availability> {
  const directory = temporaryPath(paths.temporary, 'probe')
  await mkdir(directory, { mode: 0o700 })
  const at = (name: string): string => join(directory, name)
  try {
    for (const name of ['lower', 'upper', 'work', 'merged']) await mkdir(at(name))
    const { userXattrs } = rung
    const trial = {
      target: at('merged'),
      lower: [at('lower')],
      writable: { upper: at('upper'), work: at('work') },
      userXattrs,
    }
    return await rung.probe(overlay ? { directory, overlay: trial } : { directory })
  } finally {
    await removeTrial(directory)
  }
}

/** The kernel leaves directories without any permission in an overlay's work directory. */
async function removeTrial(directory: string): Promise<void> {
  for (const name of ['work/work', 'work/work/incompat', 'work/work/incompat/volatile']) {
    await chmod(join(directory, name), 0o700).catch(() => undefined)
  }
  await rm(directory, { recursive: true, force: true })
}
