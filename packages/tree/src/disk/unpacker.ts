import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  ftruncateSync,
  futimesSync,
  lchownSync,
  linkSync,
  lutimesSync,
  openSync,
  symlinkSync,
  writeSync,
} from 'node:fs'
import { encodeName, isHole, type TarEntry, type TarItem } from '@tsbuild/tar'
import { ConfinedDirectory } from './confined-directory.ts'
import type { Metadata, Path } from '../model/entry.ts'
import { TreeError } from '../model/errors.ts'
import type { HostPath } from './host-path.ts'
import { layerPath, missingTarget, throughLinks } from '../tar/layer-path.ts'
import { defaultAcl } from '../model/layer-xattrs.ts'
import { openedMode } from './opened-mode.ts'
import { parentOf } from '../model/path.ts'
import { requireSystemCalls } from './system-calls.ts'
import { readErrorCode } from './system-error.ts'
import { clearLayerXattrs, setLayerXattrs, trySetXattr } from './unpack-xattrs.ts'
import { impliedDirectory, type TreeView } from '../model/view.ts'
import { hiddenRoot, type Marker } from '../tar/whiteout.ts'

export interface UnpackOptions {
  /**
   * `none` applies the layer to the contents of the directory. Otherwise the directory becomes a
   * lower layer of overlayfs. Its whiteouts are devices 0:0. Its opaque directories have a
   * `trusted` attribute, or a `user` attribute for mounts with `userxattr`.
   */
  readonly overlay: 'none' | 'trusted' | 'user'
  /**
   * Give files their owners and attributes. Without it files are ours, without ACLs, and attributes
   * the kernel refuses are left out.
   */
  readonly chown: boolean
  /**
   * Without `chown`: we can read and write all files and directories, with any mode. Set-user-ID
   * and set-group-ID bits and all attributes but those of users are left out, and devices are empty
   * files. A ledger keeps the real ones.
   */
  readonly opened?: boolean
  /**
   * With `chown`: extended attribute for the empty file in the place of a device that the kernel
   * refuses, or that would be a whiteout.
   */
  readonly deviceXattr?: (device: Device) => { readonly name: string; readonly value: Uint8Array }
  /** Layers below: implied directories get their metadata from there. */
  readonly lower?: TreeView
}

type Device = Extract<TarEntry, { type: 'device' }>
type Symlink = Extract<TarEntry, { type: 'symlink' }>

const createNew = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
const typeBits = { block: 0o060000, character: 0o020000, fifo: 0o010000 } as const
const noDevice = { major: 0, minor: 0 }

/** Writes the entries of one layer, in the order of its tar, into a directory. */
export class Unpacker {
  readonly refusedDevices: Path[] = []
  readonly #options: UnpackOptions
  readonly #directory: ConfinedDirectory
  readonly #whiteouts = new Set<Path>()
  /** Symlinks this layer has put. */
  readonly #symlinks = new Map<Path, Symlink>()
  /** Targets of hard links that the layer does not hold in the end. */
  readonly #hidden = new Set<Path>()

  constructor(directory: string, options: UnpackOptions) {
    this.#options = options
    this.#directory = new ConfinedDirectory(directory, {
      isBound: !options.chown,
      dress: (path) => this.#dressImplied(path),
    })
  }

  /**
   * Resolves the path of an entry: follows symlinks that the layer itself has put above it, within
   * the directory.
   */
  place(path: Path): Path {
    if (this.#symlinks.size === 0 || this.#directory.isKnown(parentOf(path))) return path
    // Paths removed with their directory are still in the map.
    return throughLinks({ get: (at) => (this.#directory.hasWritten(at) ? this.#symlinks.get(at) : undefined) }, path)
  }

  async put(path: Path, { entry, offset, body }: TarItem): Promise<void> {
    const hidden = hiddenRoot(path)
    if (hidden !== undefined) this.#hidden.add(hidden)
    const target = entry.type === 'hardlink' ? this.place(layerPath(entry.target, offset)) : ''
    const symlink = entry.type === 'symlink' ? entry : this.#symlinks.get(target)
    // A hard link to a symlink is one, too.
    if (symlink === undefined) this.#symlinks.delete(path)
    else this.#symlinks.set(path, symlink)
    switch (entry.type) {
      case 'directory':
        if (!this.#directory.makeDirectory(path) && this.#options.chown)
          clearLayerXattrs(this.#directory.hostPath(path))
        this.#dressDirectory(path, entry)
        break
      case 'file':
        await this.#putFile(path, entry, body)
        break
      case 'symlink':
        this.#directory.replace(path, (host) => symlinkSync(encodeName(entry.target), host))
        this.#dress(path, entry)
        break
      case 'hardlink':
        this.#putLink(path, target)
        break
      case 'device':
        this.#putDevice(path, entry)
        break
      case 'fifo':
        this.#directory.replace(path, (host) => requireSystemCalls().mknod(host, typeBits.fifo, noDevice))
        this.#dress(path, entry)
    }
    this.#whiteouts.delete(path)
  }

  /**
   * Removes the entries of lower layers. The layer's own entries stay, before the mark or after it.
   */
  mark(marker: Marker): void {
    if (marker.type === 'ignore') return
    const { type, path } = marker
    const isInPlace = this.#options.overlay === 'none'
    if (type === 'opaque') {
      this.#makeImplied(path)
      if (isInPlace) this.#directory.removeUnwritten(path)
      else this.#markOpaque(path)
    } else if (isInPlace) {
      this.#makeImplied(parentOf(path))
      if (this.#directory.hasWritten(path)) this.#directory.removeUnwritten(path)
      else this.#directory.remove(path)
    } else if (!this.#directory.hasWritten(path)) {
      this.#directory.replace(path, (host) => requireSystemCalls().mknod(host, typeBits.character, noDevice))
      this.#whiteouts.add(path)
    } else if (this.#directory.isDirectory(path)) this.#markOpaque(path)
  }

  /** Sets the modes and times of directories. Do not put more entries afterwards. */
  finish(): void {
    for (const path of this.#hidden) this.#directory.remove(path)
    this.#directory.finish()
  }

  async #putFile(path: Path, entry: TarEntry, body: AsyncIterable<Uint8Array>): Promise<void> {
    const fd = this.#create(path)
    try {
      // Holes are left out: they read as zeros, and take no room.
      let [end, written] = [0, 0]
      for await (const chunk of body) {
        if (!isHole(chunk)) {
          for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at, chunk.length - at, end + at)
          written = end + chunk.length
        }
        end += chunk.length
      }
      if (end > written) ftruncateSync(fd, end)
      // The owner first: changing it takes setuid bits and capabilities away. The mode after an
      // ACL, which it is a part of.
      if (this.#options.chown) fchownSync(fd, entry.uid, entry.gid)
      fchmodSync(fd, this.#modeOnDisk(setLayerXattrs(this.#directory.hostPath(path), entry, this.#options)))
      futimesSync(fd, entry.mtime, entry.mtime)
    } finally {
      closeSync(fd)
    }
  }

  #create(path: Path): number {
    let fd = -1
    this.#directory.replace(path, (host) => {
      fd = openSync(host, createNew, 0o600)
    })
    return fd
  }

  #putLink(path: Path, target: Path): void {
    const existing = this.#directory.hostPath(target)
    // A layer cannot link to files of lower layers, even in the same directory.
    const isPut = this.#directory.hasWritten(target) && !this.#whiteouts.has(target)
    if (!isPut || this.#directory.isKnown(target) || !this.#directory.isDirectory(parentOf(target)))
      throw missingTarget(path, target)
    // A link to itself would remove its target.
    if (path === target) return
    try {
      this.#directory.replace(path, (host) => linkSync(existing, host))
    } catch (cause) {
      if (readErrorCode(cause) === 'ENOENT') throw missingTarget(path, target, cause)
      throw cause
    }
  }

  #putDevice(path: Path, entry: Device): void {
    try {
      if (this.#options.opened) throw new TreeError('SYSTEM_CALL', 'devices are for a ledger to keep', { path })
      // Overlayfs reads the device 0:0 as a whiteout, even where the layer means a device.
      if (entry.kind === 'character' && entry.major === 0 && entry.minor === 0)
        throw new TreeError('SYSTEM_CALL', 'device 0:0 marks a removal', { path })
      this.#directory.replace(path, (host) => requireSystemCalls().mknod(host, typeBits[entry.kind], entry))
    } catch {
      closeSync(this.#create(path))
      this.refusedDevices.push(path)
      const xattr = this.#options.deviceXattr?.(entry)
      if (xattr) trySetXattr(this.#directory.hostPath(path), xattr)
    }
    this.#dress(path, entry)
  }

  /**
   * Owner, mode, attributes and time of entries other than files and directories. Set by name,
   * because these must not be opened.
   */
  #dress(path: Path, entry: TarEntry): void {
    const host = this.#directory.hostPath(path)
    const mode = this.#own(host, entry)
    if (entry.type !== 'symlink') chmodSync(host, this.#modeOnDisk(mode))
    lutimesSync(host, entry.mtime, entry.mtime)
  }

  #dressDirectory(path: Path, metadata: Metadata): void {
    this.#symlinks.delete(path)
    const mode = this.#modeOnDisk(this.#own(this.#directory.hostPath(path), metadata), true)
    const inherited = this.#options.chown ? metadata.xattrs?.get(defaultAcl) : undefined
    this.#directory.finishLater(path, {
      mode,
      mtime: metadata.mtime,
      ...(inherited !== undefined && { defaultAcl: inherited }),
    })
    // Removed or replaced, and made again in one layer: it has no entries of lower layers.
    if (this.#whiteouts.delete(path) || this.#directory.hasReplaced(path)) this.#markOpaque(path)
  }

  #makeImplied(path: Path): void {
    if (this.#directory.makeDirectory(path)) this.#dressImplied(path)
  }

  #dressImplied(path: Path): void {
    const below = this.#options.lower?.get(path)
    this.#dressDirectory(path, below?.type === 'directory' ? below : impliedDirectory)
  }

  /** Returns the mode to set afterwards. */
  #own(host: HostPath, metadata: Metadata): number {
    if (this.#options.chown) lchownSync(host, metadata.uid, metadata.gid)
    return setLayerXattrs(host, metadata, this.#options)
  }

  #modeOnDisk(mode: number, isDirectory = false): number {
    return this.#options.opened ? openedMode(mode, isDirectory) : mode
  }

  #markOpaque(path: Path): void {
    const { overlay } = this.#options
    if (overlay === 'none') return
    this.#makeImplied(path)
    requireSystemCalls().setXattr(this.#directory.hostPath(path), `${overlay}.overlay.opaque`, Buffer.from('y'))
  }
}
