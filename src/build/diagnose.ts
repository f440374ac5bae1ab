import { release } from 'node:os'
import { formatPlatform, hostPlatform } from '@tsbuild/oci'
import { rungs } from '@tsbuild/isolate'
import { LayerStore } from '../layer/layer-store.ts'
import { defaultRoot } from '../layer/store-paths.ts'
import { RootfsError } from '../rootfs/rootfs-error.ts'
import { selectRung } from '../rootfs/select-rung.ts'

/** One rung of the isolation ladder. */
export interface RungReport {
  readonly name: string
  readonly available: boolean
  /** Why not, or what is lost on it. */
  readonly reason?: string
  /** What would make it available. */
  readonly hint?: string
}

/** How RUN is isolated on this machine. */
export interface Diagnosis {
  /** Strongest first. */
  readonly rungs: readonly RungReport[]
  /** Name of the rung RUN would use; absent when there is none. */
  readonly chosen?: string
  /** Further facts, in the order to print. */
  readonly facts: readonly (readonly [name: string, value: string])[]
}

/** Tries every rung for real and tells what came of it. */
export async function diagnose({ root = defaultRoot() }: { readonly root?: string }): Promise<Diagnosis> {
  const store = await LayerStore.open(root)
  const reports: RungReport[] = []
  for (const { name } of rungs) reports.push(await reportRung(name, store))
  const chosen = reports.find(({ available }) => available)?.name
  const facts = [
    ['store', store.paths.root],
    ['platform', formatPlatform(hostPlatform())],
    ['kernel', release()],
    ['node', process.version],
    ['user', process.getuid?.() === 0 ? 'root' : `uid ${process.getuid?.()}`],
  ] as const
  return { rungs: reports, facts, ...(chosen === undefined ? {} : { chosen }) }
}

async function reportRung(name: string, store: LayerStore): Promise<RungReport> {
  try {
    const { loses, refusals } = await selectRung({ store, isolation: name })
    const [partly] = refusals
    const reason = [loses, partly?.reason].filter((text) => text !== undefined).join('; ')
    return { name, available: true, ...(reason === '' ? {} : { reason }), ...(partly?.hint === undefined ? {} : { hint: partly.hint }) }
  } catch (error) {
    if (!(error instanceof RootfsError)) throw error
    const reason = error.message.replace(/^.*?: /, '')
    return { name, available: false, reason, ...(error.hint === undefined ? {} : { hint: error.hint }) }
  }
}
