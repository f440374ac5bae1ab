import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs'
import { join } from 'node:path'
import { type Ledger, type Libc, type MountCall, mountOverlay, overlayMount, type Rung } from '@tsbuild/isolate'
import { type Diff, hostPath, type Path, scanUpper } from '@tsbuild/tree'
import { shownState } from '../changes/earlier-state.ts'
import { joinLinks } from '../changes/join-links.ts'
import { ownedDiff, ownedState } from '../changes/ledger-owners.ts'
import { normalizeDiff } from '../changes/normalize-diff.ts'
import { type OwnedPath, seededLedger } from '../protocol/owned-paths.ts'
import { settleUpper } from '../changes/settle-upper.ts'
import { diffWithDevices, stateWithDevices } from '../changes/shown-devices.ts'
import { withShortNames } from '../changes/short-names.ts'
import type { OpenRootfs, OpenView, RootfsStrategy } from './strategy.ts'
import type { UnpackedLayers } from '../layers/unpacked-layers.ts'
import type { WorkDirectory } from '../layers/work-directory.ts'

export interface OverlayParts {
  readonly libc: Libc
  /** Their directory must be the working directory: mounts name layers relative to it. */
  readonly layers: UnpackedLayers
  /** For what is written, on the file system of the layers. */
  readonly work: WorkDirectory
  /** For mount points, in memory. */
  readonly scratch: string
  readonly userXattrs: boolean
  readonly ledger: Rung['ledger']
}

/**
 * Layers mounted over each other by the kernel: costs nothing for what is not touched, and what was
 * touched becomes the next layer's directory.
 */
export function overlayStrategy(parts: OverlayParts): RootfsStrategy {
  const empty = parts.work.make('empty')
  return {
    open: async ({ layers, owned }) =>
      new OverlayRootfs(parts, lowerDirectories(await parts.layers.names(layers), empty), owned),
    view: async ({ layers }, { writable }) =>
      openView(parts, lowerDirectories(await parts.layers.names(layers), empty), writable),
    [Symbol.dispose]: () => {},
  }
}

/**
 * Lower directories, uppermost first. A layer that occurs twice, as empty ones do, counts where it
 * is uppermost: it says everything again there, and the kernel refuses a directory twice. An
 * overlay needs two, so the last is empty.
 */
function lowerDirectories(names: readonly string[], empty: string): readonly string[] {
  return [...new Set(names.toReversed()), empty]
}

function openView(parts: OverlayParts, lower: readonly string[], writable: boolean): OpenView {
  const disk = writable ? makeWritable(parts, lower) : undefined
  const overlay = new MountedOverlay(parts, lower, disk)
  return {
    directory: overlay.merged,
    [Symbol.asyncDispose]: async () => {
      overlay.unmount()
      if (disk) rmSync(disk.directory, { recursive: true, force: true })
    },
  }
}

class OverlayRootfs implements OpenRootfs {
  readonly #parts: OverlayParts
  readonly #lower: readonly string[]
  readonly #disk: Writable
  readonly #overlay: MountedOverlay
  readonly #owned: readonly OwnedPath[] | undefined
  readonly ledger: Ledger | undefined
  #scan: Diff = new Map()
  #diff: Diff = new Map()

  constructor(parts: OverlayParts, lower: readonly string[], owned: readonly OwnedPath[] | undefined) {
    this.#parts = parts
    this.#owned = owned
    this.#lower = lower
    this.#disk = makeWritable(parts, lower)
    this.#overlay = new MountedOverlay(parts, lower, this.#disk)
    this.ledger = parts.ledger === 'owners' ? seededLedger(this.#overlay.merged, owned) : undefined
  }

  get directory(): string {
    return this.#overlay.merged
  }

  async changes(): Promise<Diff> {
    const found = diffWithDevices(await scanUpper(this.#disk.upper, { overlay: overlayMarks(this.#parts) }))
    // The ledger knows the inode numbers that the overlay shows.
    this.#scan = ownedDiff(found, this.ledger, (path) => inodeAt(this.#overlay.merged, path))
    this.#overlay.unmount()
    if (this.#scan.size === 0) return this.#diff
    const before = new MountedOverlay(this.#parts, this.#lower)
    try {
      const earlier = ownedState(stateWithDevices(shownState(before.merged)), this.#owned)
      this.#diff = await joinLinks(await normalizeDiff(this.#scan, earlier), earlier)
      return this.#diff
    } finally {
      before.unmount()
    }
  }

  async keep(...[diffId, epoch]: Parameters<OpenRootfs['keep']>): Promise<void> {
    const upper = {
      directory: this.#disk.upper,
      overlay: overlayMarks(this.#parts),
      scan: this.#scan,
      diff: this.#diff,
    }
    settleUpper(upper, { libc: this.#parts.libc, ...(epoch !== undefined && { epoch }) })
    await this.#parts.layers.adopt(this.#disk.upper, diffId)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#overlay.unmount()
    rmSync(this.#disk.directory, { recursive: true, force: true })
  }
}

function inodeAt(directory: string, path: Path): { readonly dev: number; readonly ino: number } | undefined {
  return lstatSync(hostPath(directory, path), { throwIfNoEntry: false })
}

/** Namespace of the extended attributes with the kernel's marks. */
function overlayMarks({ userXattrs }: OverlayParts): 'trusted' | 'user' {
  return userXattrs ? 'user' : 'trusted'
}

/** The directories of an overlay that is written to, on the file system of the layers. */
interface Writable {
  readonly directory: string
  readonly upper: string
  readonly work: string
}

function makeWritable({ work }: OverlayParts, lower: readonly string[]): Writable {
  const directory = work.make('overlay')
  const disk = { directory, upper: join(directory, 'upper'), work: join(directory, 'work') }
  // The root of an overlay is what its upper directory is.
  const { mode, uid, gid, atimeMs, mtimeMs } = statSync(lower[0] ?? directory)
  mkdirSync(disk.upper)
  chmodSync(disk.upper, mode & 0o7777)
  chownSync(disk.upper, uid, gid)
  utimesSync(disk.upper, atimeMs / 1000, mtimeMs / 1000)
  mkdirSync(disk.work)
  return disk
}

/** An overlay with its own directory. */
class MountedOverlay {
  readonly merged: string
  readonly #libc: Libc
  #mounted = true

  constructor({ libc, scratch, userXattrs }: OverlayParts, lower: readonly string[], writable?: Writable) {
    this.#libc = libc
    this.merged = mkdtempSync(join(scratch, 'merged-'))
    const describe = (names: readonly string[]): MountCall =>
      overlayMount({ target: this.merged, lower: names, userXattrs, ...(writable && { writable }) })
    withShortNames(lower, { scratch, describe }, (call) => mountOverlay(libc, call, writable?.upper))
  }

  /** Safe to call again. */
  unmount(): void {
    if (!this.#mounted) return
    this.#libc.unmount(this.merged)
    rmdirSync(this.merged)
    this.#mounted = false
  }
}
