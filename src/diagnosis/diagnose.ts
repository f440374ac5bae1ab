import { mkdtemp, rm } from 'node:fs/promises'
import { release, tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatPlatform, hostPlatform } from '@tsbuild/oci'
import { describeLandlock, loadLibc, type Obstacle, type Rung, rungs, scopesSockets } from '@tsbuild/isolate'
import { LayerStore } from '../layer/layer-store.ts'
import { defaultRoot } from '../layer/disk/store-paths.ts'
import { describeLimits } from '../rootfs/describe-limits.ts'
import { describeNetwork } from '../rootfs/describe-network.ts'
import { openAgentProvider } from '../rootfs/client/agent-provider.ts'
import { explainRefusal, rungsNamed, tryRung } from '../rootfs/select-rung.ts'
import { tryProcess } from '../rootfs/try-process.ts'
import { type Improvement, improve } from './improve.ts'
import { findPlaces, type Place } from './place.ts'

/** One rung of the isolation ladder. */
export interface RungReport {
  readonly name: string
  readonly available: boolean
  /** Reason why it does not work, or its limitation. */
  readonly reason?: string
  /** Change that would make it available. */
  readonly hint?: string
  /** Restrictions behind the refusal, for programs; absent where the probe names none. */
  readonly obstacles?: readonly Obstacle[]
  /** Limits of RUN on it; absent without any. */
  readonly loses?: string
  /**
   * Reach of RUN in each mode of `--network`, or why the mode is refused. Absent if RUN does not
   * work.
   */
  readonly network?: readonly (readonly [mode: string, reaches: string])[]
}

/** Isolation of RUN on this machine. */
export interface Diagnosis {
  /** Strongest first. */
  readonly rungs: readonly RungReport[]
  /** OCI runtimes, which are used only when `--isolation` names them. */
  readonly onRequest: readonly RungReport[]
  /** Name that `--isolation` or `TSBUILD_ISOLATION` gives; absent for the strongest that works. */
  readonly wanted?: string
  /** Rung that RUN would use; absent when none works, or not the wanted one. */
  readonly chosen?: string
  /** Systems that tsbuild runs in, the nearest to the user first. */
  readonly places: readonly Place[]
  /** The smallest change that makes a stronger rung work; absent where no restriction is known. */
  readonly improvement?: Improvement
  /** Control files that enforce each limit of RUN, or the reason why it is left out. */
  readonly limits: readonly (readonly [flags: string, effect: string])[]
  /** Further facts, in the order to print. */
  readonly facts: readonly (readonly [name: string, value: string])[]
}

/**
 * Tries every rung for real and reports the results. `wanted` is the name of the one to use instead
 * of the strongest. A store that can only be read is no place for a trial.
 */
export async function diagnose({
  env = process.env,
  root = defaultRoot(env),
  wanted,
}: {
  readonly root?: string
  readonly wanted?: string
  readonly env?: NodeJS.ProcessEnv
}): Promise<Diagnosis> {
  const store = await LayerStore.openForReading(root)
  const { rungs: reports, onRequest } = store.refusal ? await inTemporaryStore(reportRungs) : await reportRungs(store)
  const chosen =
    wanted === undefined
      ? reports.find(({ available }) => available)
      : [...reports, ...onRequest].find(({ name, available }) => available && isNamed(name, wanted))
  const facts = [
    ['store', store.paths.root],
    ...(store.refusal ? [['', `only readable, builds need another --root: ${store.refusal.message}`] as const] : []),
    ['platform', formatPlatform(hostPlatform())],
    ['kernel', release()],
    ['landlock', describeLandlock(loadLibc().landlockAbi())],
    ['node', process.version],
    ['user', process.getuid?.() === 0 ? 'root' : `uid ${process.getuid?.()}`],
  ] as const
  const places = findPlaces()
  const improvement = improve(reports, places, wanted)
  return {
    rungs: reports,
    onRequest,
    ...(wanted !== undefined && { wanted }),
    ...(chosen !== undefined && { chosen: chosen.name }),
    places,
    ...(improvement !== undefined && { improvement }),
    limits: describeLimits(),
    facts,
  }
}

/** `oci` is the first of the runtimes that works. */
function isNamed(rung: string, wanted: string): boolean {
  return rung === wanted || rung.startsWith(`${wanted}:`)
}

async function reportRungs(store: LayerStore): Promise<Pick<Diagnosis, 'rungs' | 'onRequest'>> {
  const reports: RungReport[] = []
  for (const rung of rungs) reports.push(await reportRung(rung, store))
  const onRequest: RungReport[] = []
  for (const name of ['oci:crun', 'oci:runc']) onRequest.push({ ...(await reportFirst(rungsNamed(name), store)), name })
  return { rungs: reports, onRequest }
}

/** The first rung that works, else the last. */
async function reportFirst([rung, ...rest]: readonly Rung[], store: LayerStore): Promise<Omit<RungReport, 'name'>> {
  if (rung === undefined) return { available: false }
  const report = await reportRung(rung, store)
  return report.available || rest.length === 0 ? report : reportFirst(rest, store)
}

async function inTemporaryStore<T>(action: (store: LayerStore) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'tsbuild-doctor-'))
  try {
    return await action(await LayerStore.open(directory, undefined, { durable: false }))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/**
 * The rung as a build would find it: after the probe, the process that holds the mounts runs
 * something.
 */
async function reportRung(rung: Rung, store: LayerStore): Promise<RungReport> {
  const { name } = rung
  const { strategy, refused } = await tryRung(rung, store)
  if (strategy === undefined) return { name, available: false, ...refused }
  const rest = { ...refused, ...(rung.loses !== undefined && { loses: rung.loses }) }
  try {
    await using provider = await openAgentProvider(store, rung, { strategy })
    await tryProcess(provider)
    const refusal = await tryProcess(provider, 'private').then(() => undefined, explainRefusal)
    const network = describeNetwork(name, { refusal, scoped: scopesSockets(loadLibc().landlockAbi()) })
    return { name, available: true, ...rest, network }
  } catch (error) {
    return { name, available: false, ...explainRefusal(error) }
  }
}
