import {
  EINVAL,
  ELOOP,
  ENOENT,
  ENOTDIR,
  O_CLOEXEC,
  O_PATH,
  openFlags,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
} from '../../listener/kernel.ts'
import type { FileStatus, Tracee } from '../../listener/tracee.ts'
import type { Arch } from '../../machine/machine-code.ts'
import { findRoot } from './find-location.ts'
import type { GuestFiles } from './guest-files.ts'
import { KnownDirectories, type OpenDirectory } from './known-directories.ts'
import { KnownNames } from './known-names.ts'
import { guestRoot, type Location } from './location.ts'
import { NameSlots, type NameState } from './name-slots.ts'
import type { Resolver } from './resolver.ts'

/** A name in an open directory, at which there is what a path leads to unless it is a symlink. */
export interface KnownPlace {
  /** Descriptor of the supervisor; not to be closed. */
  readonly parent: number
  /** Neither empty, `.` nor `..`, and without slashes. */
  readonly name: string
  /** Absolute path. */
  readonly path: string
}

interface Surroundings {
  readonly arch: Arch
  readonly tracee: Tracee
  readonly resolver: Resolver
}

/** Places in the root directory, for root: those of most paths. */
export class KnownPlaces {
  readonly #directories: KnownDirectories
  /** States of paths, for rows. */
  readonly slots: NameSlots
  readonly #names: KnownNames
  readonly #files: GuestFiles
  readonly #tracee: Tracee
  readonly #resolver: Resolver
  readonly #flags: (typeof openFlags)[Arch]

  constructor(files: GuestFiles, { arch, tracee, resolver }: Surroundings) {
    this.slots = new NameSlots(tracee.system)
    this.#names = new KnownNames(this.slots)
    this.#files = files
    this.#tracee = tracee
    this.#resolver = resolver
    this.#flags = openFlags[arch]
    this.#directories = new KnownDirectories(tracee, (path) => this.#openDirectory(path))
  }

  /**
   * Place of a location. Undefined for one that needs a closer look, a negated errno for one that
   * leads nowhere.
   */
  at({ root, text, restrictions }: Location): KnownPlace | number | undefined {
    const { mounts, caller } = this.#files
    const isPlain = root.fd === mounts.root.fd && restrictions === undefined && !mounts.mayLeadInto(text)
    if (!isPlain || !caller.credentials.privileged) return undefined
    const at = text.lastIndexOf('/')
    const name = text.slice(at + 1)
    if (name === '' || name === '.' || name === '..') return undefined
    const above = this.#directories.at(text.slice(0, at) || '/')
    if (above === -ENOENT) this.#noteMissing(text, text.slice(0, at))
    return typeof above === 'object' ? { parent: above.fd, name, path: text } : above
  }

  /** Remembers a path for which a directory is missing, until that is made. */
  #noteMissing(path: string, directory: string): void {
    const at = directory.lastIndexOf('/')
    const above = this.#directories.at(directory.slice(0, at) || '/')
    if (typeof above === 'object') this.#names.note(path, 'missing', directory.slice(at + 1))
    else if (above === -ENOENT) this.#noteMissing(path, directory.slice(0, at))
  }

  /** The same for a path of the caller; undefined also for a relative one. */
  ofPath(path: string): KnownPlace | number | undefined {
    return path.startsWith('/') ? this.at({ root: findRoot(this.#files), text: path }) : undefined
  }

  /** Opens a file. Undefined for a symlink to follow, and for a place that is not known. */
  open(location: Location, flags: number): number | undefined {
    if ((flags & O_PATH) !== 0 && (flags & this.#flags.noFollow) === 0) return undefined
    const place = this.at(location)
    if (typeof place !== 'object') return place
    if (this.#names.find(place.path) === 'missing') return -ENOENT
    const all = flags | O_CLOEXEC | this.#flags.noFollow
    const fd = this.#tracee.system.call('openat', place.parent, this.#tracee.pathAt(place.name), all)
    if (fd === -ENOENT) this.note(place, fd)
    // Not a symlink: opening one would have failed.
    else if (fd >= 0 && (flags & O_PATH) === 0) this.note(place, -EINVAL)
    return fd === -ELOOP || fd === -ENOTDIR ? undefined : fd
  }

  /** State of an absolute path of the caller, if it is remembered. */
  stateOf(path: string): NameState | undefined {
    const { privileged } = this.#files.caller.credentials
    return privileged && this.#files.caller.root === undefined ? this.#names.find(path) : undefined
  }

  /**
   * Remembers what was found at a place: the mode of a file, `-ENOENT`, or `-EINVAL` for a file
   * that is no symlink.
   */
  note({ path }: Pick<KnownPlace, 'path'>, found: number): void {
    const type = found & S_IFMT
    if (found < 0 ? found !== -ENOENT && found !== -EINVAL : type === S_IFLNK) return
    if (found === -ENOENT) this.#names.note(path, 'missing')
    else if (found < 0) this.#names.note(path, this.#names.find(path) === 'plain' ? 'plain' : 'present')
    else this.#names.note(path, type === S_IFREG || type === S_IFDIR ? 'plain' : 'present')
  }

  /** Remembers a path that leads to a regular file or a directory at another one. */
  noteWay(path: string, end: string): void {
    this.#names.note(path, 'leads', lastName(end))
  }

  /**
   * Remembers a path with symlinks, `.` or `..` that leads to no file, until a file has the name
   * that is missing.
   */
  noteMissingWay(path: string): void {
    const { mounts } = this.#files
    const root = guestRoot(mounts)
    const flags = O_PATH | this.#flags.directory
    for (let at = path.lastIndexOf('/'); at >= 0; at = path.lastIndexOf('/', at - 1)) {
      const fd = this.#resolver.open({ root, text: path.slice(0, at) || '/' }, flags, { followsLinks: true })
      if (fd === -ENOENT && at > 0) continue
      if (fd < 0) return
      const [name = ''] = path.slice(at + 1).split('/')
      const above = this.#files.nameOf(fd)
      const isMissing = above !== undefined && !mounts.isNear(above) && this.#files.readLink(fd, name) === -ENOENT
      this.#files.close(fd)
      if (isMissing && name !== '' && name !== '.' && name !== '..') this.#names.note(path, 'missing', name)
      return
    }
  }

  /** Files with this name, slashes behind it aside, may have been made, removed or replaced. */
  forget(name: string): void {
    this.#names.forget(name.replace(/\/+$/, ''))
  }

  /** A file has lost a name. With `isKept`, it has got another one. */
  noteLostName(file: FileStatus, { isKept }: { readonly isKept: boolean }): void {
    this.#directories.noteLostName(file, { isKept })
    const type = file.mode & S_IFMT
    if (type === S_IFDIR || type === S_IFLNK) this.#names.forgetAll()
  }

  /** Closes what is not needed, between two calls. */
  tidy(): void {
    this.#directories.tidy()
  }

  forgetAll(): void {
    this.#directories.forgetAll()
    this.#names.forgetAll()
  }

  /** Opens a directory of the root that no mount is near. */
  #openDirectory(path: string): OpenDirectory | number | undefined {
    const { mounts } = this.#files
    const location = { root: guestRoot(mounts), text: path }
    const flags = O_PATH | this.#flags.directory
    const direct = this.#resolver.open(location, flags, { followsLinks: false })
    if (direct !== -ELOOP) return direct < 0 ? direct : { fd: direct, isDirect: true }
    const fd = this.#resolver.open(location, flags, { followsLinks: true })
    if (fd < 0) return undefined
    const name = this.#files.nameOf(fd)
    if (name !== undefined && !mounts.isNear(name)) return { fd, isDirect: false }
    this.#files.close(fd)
    return undefined
  }
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}
