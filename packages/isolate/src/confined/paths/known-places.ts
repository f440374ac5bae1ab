import { ELOOP, ENOTDIR, O_CLOEXEC, O_PATH, openFlags } from '../../listener/kernel.ts'
import type { Tracee } from '../../listener/tracee.ts'
import type { Arch } from '../../machine/machine-code.ts'
import { findRoot } from './find-location.ts'
import type { GuestFiles } from './guest-files.ts'
import { KnownDirectories, type OpenDirectory } from './known-directories.ts'
import { guestRoot, type Location } from './location.ts'
import type { Resolver } from './resolver.ts'

/** A name in an open directory, at which there is what a path leads to unless it is a symlink. */
export interface KnownPlace {
  /** Descriptor of the supervisor; not to be closed. */
  readonly parent: number
  /** Neither empty, `.` nor `..`, and without slashes. */
  readonly name: string
}

interface Surroundings {
  readonly arch: Arch
  readonly tracee: Tracee
  readonly resolver: Resolver
}

/** Places in the root directory, for root: those of most paths. */
export class KnownPlaces {
  readonly directories: KnownDirectories
  readonly #files: GuestFiles
  readonly #tracee: Tracee
  readonly #resolver: Resolver
  readonly #flags: (typeof openFlags)[Arch]

  constructor(files: GuestFiles, { arch, tracee, resolver }: Surroundings) {
    this.#files = files
    this.#tracee = tracee
    this.#resolver = resolver
    this.#flags = openFlags[arch]
    this.directories = new KnownDirectories(tracee, (path) => this.#openDirectory(path))
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
    const parent = this.directories.at(text.slice(0, at) || '/')
    return parent === undefined || parent < 0 ? parent : { parent, name }
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
    const all = flags | O_CLOEXEC | this.#flags.noFollow
    const fd = this.#tracee.system.call('openat', place.parent, this.#tracee.pathAt(place.name), all)
    return fd === -ELOOP || fd === -ENOTDIR ? undefined : fd
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
