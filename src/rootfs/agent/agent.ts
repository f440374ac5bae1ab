import { join } from 'node:path'
import {
  emulatorName,
  Emulators,
  findUser,
  IsolationError,
  loadLibc,
  ociRungs,
  rungs,
  type Isolator,
  type Libc,
  type ProcessIo,
  type ProcessResult,
  type Rung,
} from '@tsbuild/isolate'
import { defaultAcl, requireSystemCalls } from '@tsbuild/tree'
import { commitDiff } from '../../layer/stored/commit-diff.ts'
import { LayerStore } from '../../layer/layer-store.ts'
import type { PackedMount } from '../../mounts/pack-mount.ts'
import type { AgentSetup, RunAnswer, RunRequest } from '../protocol/agent-protocol.ts'
import type { PackMount, UnpackMount } from '../protocol/mount-jobs.ts'
import { cloneStrategy } from '../strategies/clone-strategy.ts'
import { LayerDiffs } from '../layers/layer-diffs.ts'
import { overlayStrategy } from '../strategies/overlay-strategy.ts'
import { prepareProcess } from './prepare-process.ts'
import { resolveMounts } from './resolve-mounts.ts'
import { RootfsError } from '../protocol/rootfs-error.ts'
import type { OpenRootfs, RootfsStrategy } from '../strategies/strategy.ts'
import { UnpackedLayers } from '../layers/unpacked-layers.ts'
import { ownersName } from '../layers/unpacked-name.ts'
import { WorkDirectory } from '../layers/work-directory.ts'

/**
 * Makes root directories of layers, runs processes in them and commits their changes. Lives in a
 * process that has the rights of a rung.
 */
export class Agent implements Disposable {
  readonly #store: LayerStore
  readonly #libc: Libc
  readonly #work: WorkDirectory
  readonly #scratch: string
  readonly #mounts: boolean
  readonly #opened: boolean
  readonly #strategy: RootfsStrategy
  readonly #isolator: Isolator
  readonly #emulators: Emulators | undefined
  readonly #rung: Rung

  private constructor(setup: AgentSetup, store: LayerStore) {
    const rung = [...rungs, ...ociRungs].find(({ name }) => name === setup.rung)
    if (!rung) throw new RootfsError('RUNG_UNAVAILABLE', `there is no rung "${setup.rung}"`)
    this.#store = store
    this.#libc = loadLibc()
    removeDefaultAcl(setup.work)
    this.#work = new WorkDirectory(setup.work)
    this.#scratch = this.#work.make('scratch')
    // Launchers, secrets and sockets: in memory, and visible to this process and its descendants
    // only.
    this.#mounts = rung.mounts
    this.#opened = rung.ledger === 'all'
    if (rung.mounts) this.#libc.mount({ type: 'tmpfs', target: this.#scratch, flags: 0, options: 'mode=700' })
    this.#rung = rung
    if (rung.emulators === 'registered') this.#emulators = new Emulators(this.#libc, join(this.#scratch, 'binfmt_misc'))
    this.#isolator = rung.isolator({
      libc: this.#libc,
      scratch: this.#scratch,
      ...(setup.limitedTo && { limitedTo: setup.limitedTo }),
    })
    this.#strategy = setup.strategy === 'overlay' ? this.#overlays(setup, rung) : this.#clones(setup, rung)
  }

  static async create(setup: AgentSetup): Promise<Agent> {
    return new Agent(setup, await LayerStore.join(setup.root, { temporary: setup.work, durable: setup.durable }))
  }

  async run(request: RunRequest, io: ProcessIo): Promise<RunAnswer> {
    await using rootfs = await this.#strategy.open(request.snapshot)
    const result = await this.#process(rootfs, request, io)
    if (result.exitCode !== 0) return { result }
    const diff = await rootfs.changes()
    const epoch = request.epoch === undefined ? {} : { epoch: request.epoch }
    const { id, record } = await commitDiff(this.#store, diff, {
      compression: request.compression,
      signal: io.signal,
      ...epoch,
    })
    await rootfs.keep(record.diffId, request.epoch)
    return { result, committed: { id, diffId: record.diffId } }
  }

  async packMount(request: PackMount, signal: AbortSignal): Promise<PackedMount> {
    const { packDirectory } = await import('./mount-directories.ts')
    return packDirectory(request, { rung: this.#rung, signal })
  }

  async unpackMount(request: UnpackMount, signal: AbortSignal): Promise<void> {
    const { unpackDirectory } = await import('./mount-directories.ts')
    await unpackDirectory(request, { rung: this.#rung, draft: this.#work.reserve('cache'), signal })
  }

  [Symbol.dispose](): void {
    if (this.#mounts) this.#libc.unmount(this.#scratch)
    this.#strategy[Symbol.dispose]()
    this.#work[Symbol.dispose]()
  }

  async #process({ directory, ledger }: OpenRootfs, { process }: RunRequest, io: ProcessIo): Promise<ProcessResult> {
    await using resources = new AsyncDisposableStack()
    const user = findUser(directory, process.user)
    const { work, scratch } = { work: this.#work, scratch: this.#scratch }
    const parts = {
      strategy: this.#strategy,
      libc: this.#libc,
      work,
      scratch,
      mounts: this.#mounts,
      user,
      ledger,
      opened: this.#opened,
    }
    const mounts = await resolveMounts(process.mounts, parts, resources)
    const spec = prepareProcess(process, { rootfs: directory, user, mounts, ledger })
    try {
      // Awaited here, because the mounts end with this block.
      return await this.#isolator.run(spec, io)
    } catch (error) {
      if (!(error instanceof IsolationError) || error.code !== 'EXEC_FORMAT' || process.architecture === undefined)
        throw error
      if (this.#emulators?.add(process.architecture)) return await this.#isolator.run(spec, io)
      const hint = emulationHint(process.architecture, this.#rung.emulators)
      throw new IsolationError('EXEC_FORMAT', error.message, { hint, cause: error })
    }
  }

  #clones({ idMaps, boot }: AgentSetup, { ledger }: Rung): RootfsStrategy {
    const store = this.#store
    // Without a user namespace all files belong to the one user there is.
    const owners = ledger === 'all' ? `s${process.geteuid?.()}` : ownersName(idMaps)
    const parts = {
      store,
      diffs: new LayerDiffs(store),
      directory: store.paths.trees,
      work: this.#work,
      owners,
      boot,
      ledger,
    }
    return cloneStrategy({ ...parts, libc: this.#libc })
  }

  #overlays({ idMaps, boot }: AgentSetup, { userXattrs, ledger }: Rung): RootfsStrategy {
    // Mounts name layers relative to it.
    process.chdir(this.#store.paths.unpacked)
    const keepsOwners = ledger === 'none'
    const layers = new UnpackedLayers(this.#store, { work: this.#work, idMaps, boot, keepsOwners })
    return overlayStrategy({ libc: this.#libc, layers, work: this.#work, scratch: this.#scratch, userXattrs, ledger })
  }
}

/**
 * Files of images would inherit a default ACL that the machine has where the store is. It may be
 * another user's to change.
 */
function removeDefaultAcl(directory: string): void {
  try {
    requireSystemCalls().removeXattr(directory, defaultAcl)
  } catch {
    // Usually the directory has none.
  }
}

/** Remedy for programs of another processor. */
function emulationHint(architecture: string, emulators: Rung['emulators']): string {
  const register = `register an emulator for ${architecture} with the kernel (binfmt_misc)`
  const emulator = emulatorName(architecture) ?? 'an emulator'
  if (emulators === 'started') return `install ${emulator} (package qemu-user-static)`
  const install = `install ${emulator} (package qemu-user-static; Linux 6.7 or newer)`
  return emulators === 'registered'
    ? `${install}, or ${register}`
    : `${register}, or ${install} and let RUN be isolated by a user namespace`
}
