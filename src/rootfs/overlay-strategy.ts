import { chmodSync, chownSync, mkdirSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { type Libc, overlayMount } from '@tsbuild/isolate'
import { type Diff, scanUpper } from '@tsbuild/tree'
import { normalizeUpper } from './normalize-upper.ts'
import { settleUpper } from './settle-upper.ts'
import type { OpenRootfs, OpenView, RootfsStrategy } from './strategy.ts'
import type { UnpackedLayers } from './unpacked-layers.ts'
import type { WorkDirectory } from './work-directory.ts'

export interface OverlayParts {
  readonly libc: Libc
  /** Their directory must be the working directory: mounts name layers relative to it. */
  readonly layers: UnpackedLayers
  readonly work: WorkDirectory
  readonly userXattrs: boolean
}

/** Layers mounted over each other by the kernel: costs nothing for what is not touched, and what was touched becomes the next layer's directory. */
export function overlayStrategy(parts: OverlayParts): RootfsStrategy {
  const empty = parts.work.make('empty')
  return {
    open: async (layers) => new OverlayRootfs(parts, lowerOf(await parts.layers.names(layers), empty)),
    view: async (layers, { writable }) => openView(parts, lowerOf(await parts.layers.names(layers), empty), writable),
  }
}

/**
 * Lower directories, uppermost first. A layer that occurs twice, as empty ones do, counts where it is uppermost: it says
 * everything again there, and the kernel refuses a directory twice. An overlay needs two, so the last is empty.
 */
function lowerOf(names: readonly string[], empty: string): readonly string[] {
  return [...new Set(names.toReversed()), empty]
}

function openView(parts: OverlayParts, lower: readonly string[], writable: boolean): OpenView {
  const overlay = new Overlay(parts, lower, writable)
  return { directory: overlay.merged, [Symbol.asyncDispose]: async () => overlay.remove() }
}

class OverlayRootfs implements OpenRootfs {
  readonly #parts: OverlayParts
  readonly #lower: readonly string[]
  readonly #overlay: Overlay
  #scan: Diff = new Map()
  #diff: Diff = new Map()

  constructor(parts: OverlayParts, lower: readonly string[]) {
    this.#parts = parts
    this.#lower = lower
    this.#overlay = new Overlay(parts, lower, true)
  }

  get directory(): string {
    return this.#overlay.merged
  }

  async changes(): Promise<Diff> {
    this.#overlay.unmount()
    this.#scan = await scanUpper(this.#overlay.upper, { overlay: this.#parts.userXattrs ? 'user' : 'trusted' })
    const before = new Overlay(this.#parts, this.#lower, false)
    try {
      this.#diff = normalizeUpper(this.#scan, before.merged)
      return this.#diff
    } finally {
      before.remove()
    }
  }

  async keep(...[diffId, epoch]: Parameters<OpenRootfs['keep']>): Promise<void> {
    settleUpper(this.#overlay.upper, { scan: this.#scan, diff: this.#diff, ...(epoch === undefined ? {} : { epoch }) })
    await this.#parts.layers.adopt(this.#overlay.upper, diffId)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#overlay.remove()
  }
}

/** One overlay mount in a directory of its own. */
class Overlay {
  readonly merged: string
  readonly upper: string
  readonly #directory: string
  readonly #libc: Libc
  #mounted = true

  constructor({ libc, work, userXattrs }: OverlayParts, lower: readonly string[], writable: boolean) {
    this.#libc = libc
    this.#directory = work.make('overlay')
    const [merged, upper, inner] = ['merged', 'upper', 'work'].map((name) => join(this.#directory, name))
    this.merged = merged ?? ''
    this.upper = upper ?? ''
    mkdirSync(this.merged)
    if (writable) {
      makeLike(this.upper, lower[0] ?? '')
      mkdirSync(inner ?? '')
    }
    libc.mount(
      overlayMount({ target: this.merged, lower, userXattrs, ...(writable ? { writable: { upper: this.upper, work: inner ?? '' } } : {}) }),
    )
  }

  unmount(): void {
    if (this.#mounted) this.#libc.unmount(this.merged)
    this.#mounted = false
  }

  remove(): void {
    this.unmount()
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

/** The root of an overlay is what its upper directory is. */
function makeLike(path: string, model: string): void {
  const { mode, uid, gid, atimeMs, mtimeMs } = statSync(model)
  mkdirSync(path)
  chmodSync(path, mode & 0o7777)
  chownSync(path, uid, gid)
  utimesSync(path, atimeMs / 1000, mtimeMs / 1000)
}
