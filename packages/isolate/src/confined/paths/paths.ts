import {
  AT_FDCWD,
  EACCES,
  EBADF,
  EBUSY,
  EINVAL,
  ELOOP,
  ENOENT,
  ENOTDIR,
  EROFS,
  EXDEV,
  O_ACCMODE,
  O_CLOEXEC,
  O_PATH,
  O_TRUNC,
  openFlags,
  S_IFDIR,
  S_IFMT,
  S_IFREG,
} from '../../listener/kernel.ts'
import type { GuestFiles } from './guest-files.ts'
import { find, findRoot } from './find-location.ts'
import { KnownPlaces } from './known-places.ts'
import { guestPath, type Location, locate, splitLast } from './location.ts'
import type { MountTable, OpenMount } from './mount-table.ts'
import { OpenFiles } from './open-files.ts'
import { EXECUTE, type Permissions, WRITE } from '../permissions.ts'
import type { Process } from '../processes.ts'
import { Resolver } from './resolver.ts'
import { StandIns } from './stand-ins.ts'
import { Trail } from './trail.ts'
import { type Found, mostLinks, type Surroundings, Walker } from './walker.ts'

/** A directory that a name is in. */
export interface Place {
  /** Opened with `O_PATH`. */
  readonly parent: number
  /** Last name, with the slashes behind it; `.` for the directory itself. */
  readonly name: string
  /** Mount that it is in. */
  readonly mount: OpenMount
}

/**
 * Errors of openat2(2) after which a symlink may have led into a mount, or to a place that needs a
 * closer look.
 */
const unclear: ReadonlySet<number> = new Set([-ELOOP, -ENOENT, -ENOTDIR, -EXDEV, -EACCES])

/**
 * Finds and opens files as the guest names them. Results are descriptors, or negated errnos. The
 * kernel resolves a path below the root directory at once (`RESOLVE_IN_ROOT`); a path that leads
 * into a mount, or whose directories a user may not search, is walked name by name. No path leads
 * out of the root and the mounts.
 */
export class Paths extends OpenFiles implements GuestFiles {
  readonly standIns: StandIns
  readonly places: KnownPlaces
  readonly #permissions: Permissions
  readonly #walker: Walker
  readonly #resolver: Resolver
  readonly #directoryFlag: number
  readonly #noFollow: number
  #caller: Process | undefined
  /** Mount of the file that was found last. */
  #mount: OpenMount

  constructor(mounts: MountTable, surroundings: Surroundings) {
    const { arch, tracee, permissions } = surroundings
    super(mounts, tracee)
    this.#mount = mounts.root
    this.standIns = new StandIns(tracee)
    this.#permissions = permissions
    this.#walker = new Walker(this, surroundings)
    this.#resolver = new Resolver(tracee, arch)
    this.places = new KnownPlaces(this, { arch, tracee, resolver: this.#resolver })
    this.#directoryFlag = openFlags[arch].directory
    this.#noFollow = openFlags[arch].noFollow
  }

  /** Paths are those of this process from now on. */
  serve(caller: Process): void {
    this.#caller = caller
  }

  get caller(): Process {
    if (this.#caller === undefined) throw new Error('no call is being answered')
    return this.#caller
  }

  /** Opens a file that exists, with the flags of open(2). */
  open(directory: number, path: string, flags: number): number {
    if (path === '.' && directory === AT_FDCWD) return this.#openWorkingDirectory(flags)
    const location = this.find(directory, path)
    return typeof location === 'number' ? location : this.openAt(location, flags)
  }

  /** Opens a file without access to its content. */
  look(directory: number, path: string, follow: boolean): number {
    return this.open(directory, path, O_PATH | (follow ? 0 : this.#noFollow))
  }

  /** The same for a file whose attributes are about to change. */
  lookToChange(directory: number, path: string, follow: boolean): number {
    return this.#unlessReadonly(this.look(directory, path, follow))
  }

  /** The same for a location; a symlink is followed. */
  lookToChangeAt(location: Location): number {
    return this.#unlessReadonly(this.openAt(location, O_PATH))
  }

  #unlessReadonly(fd: number): number {
    if (fd < 0 || !(this.#mount.readonly || this.#mount.isDevice === true)) return fd
    this.close(fd)
    return -EROFS
  }

  /**
   * Does something with the directory of a name that is about to change. Checks that the caller may
   * write there.
   */
  inParent(directory: number, path: string, use: (place: Place) => number): number {
    const location = this.find(directory, path)
    return typeof location === 'number' ? location : this.inParentAt(location, use)
  }

  /** The same for a location. */
  inParentAt(location: Location, use: (place: Place) => number): number {
    return this.#inParent(location, use, { follow: false, links: 0 })
  }

  /** The same where a symlink leads, to which nothing need exist. */
  inFinalParentAt(location: Location, use: (place: Place) => number): number {
    return this.#inParent(location, use, { follow: true, links: 0 })
  }

  /** With `follow`, a symlink is replaced by where it leads, which need not exist. */
  #inParent(
    location: Location,
    use: (place: Place) => number,
    { follow, links }: { readonly follow: boolean; readonly links: number },
  ): number {
    const { root, restrictions } = location
    const { above, name } = splitLast(location.text)
    const known = this.places.at(location)
    if (typeof known === 'number') return known
    const parent = known?.parent ?? this.openAt({ ...location, text: above }, O_PATH | this.#directoryFlag)
    if (parent < 0) return parent
    if (known !== undefined) this.#mount = root.mount
    try {
      const mount = this.#mount
      const { credentials } = this.caller
      const status = credentials.privileged ? undefined : this.tracee.status(parent)
      const closed = status === undefined ? 0 : this.#permissions.check(credentials, status, EXECUTE)
      if (closed !== 0) return closed
      if (mount.readonly) return -EROFS
      const refused = status === undefined ? 0 : this.#permissions.check(credentials, status, WRITE)
      if (refused !== 0) return refused
      if (this.#isMountPoint(parent, guestPath(location), name)) return -EBUSY
      const link = follow ? this.readLink(parent, name) : -EINVAL
      if (typeof link === 'string') {
        if (links >= mostLinks || restrictions?.noSymlinks === true) return -ELOOP
        const name = this.nameOf(parent) ?? ''
        const next = link.startsWith('/') ? { root, text: link } : locate(`${name}/${link}`, root, this.mounts)
        if (restrictions?.staysBelow === true && link.startsWith('/')) return -EXDEV
        return this.#inParent({ ...next, restrictions }, use, { follow, links: links + 1 })
      }
      return use({ parent, name, mount })
    } finally {
      this.places.forget(name)
      if (known === undefined) this.close(parent)
    }
  }

  /** Mounts one more thing. */
  mount(mount: OpenMount): void {
    for (const { fd } of this.mounts.add(mount)) this.close(fd)
    this.places.forgetAll()
  }

  /** Text of the symlink that a path names, or a negated errno. */
  linkAt(directory: number, path: string): string | number {
    const state = this.places.stateOf(path)
    if (state !== undefined && state !== 'leads') return state === 'missing' ? -ENOENT : -EINVAL
    const location = this.find(directory, path)
    if (typeof location === 'number') return location
    const place = this.places.at(location)
    if (typeof place === 'number') return place
    if (place !== undefined) {
      const text = this.readLink(place.parent, place.name)
      if (typeof text === 'number') this.places.note(place, text)
      return text
    }
    using trail = new Trail(location.root, (fd) => this.close(fd))
    const found = this.#walker.walk(trail, location, false)
    if (typeof found === 'number') return found
    if ('open' in found) return found.link ?? -EINVAL
    return 'parent' in found ? this.readLink(found.parent, found.name) : -EINVAL
  }

  /** Opens what a descriptor of the caller refers to, without access to its content. */
  openDescriptor(fd: number): number {
    if (fd === AT_FDCWD)
      return this.tracee.system.call('openat', this.caller.cwd.fd, this.tracee.pathAt('.'), O_PATH | O_CLOEXEC)
    const link = `/proc/${this.tracee.listener.thread}/fd/${fd}`
    const opened = this.tracee.system.call('openat', AT_FDCWD, this.tracee.pathAt(link), O_PATH | O_CLOEXEC)
    if (opened < 0) return opened === -ENOENT ? -EBADF : opened
    const real = this.standIns.find(opened)
    if (real !== undefined) this.close(opened)
    return real ?? opened
  }

  /** Closes the mounts, after the last call. */
  closeAll(): void {
    this.standIns.close()
    this.places.forgetAll()
    this.places.tidy()
    for (const { fd } of this.mounts.all) this.close(fd)
  }

  /** Location of the path that a call means. */
  find(directory: number, path: string): Location | number {
    return find(this, { directory, path, thread: this.tracee.listener.thread })
  }

  locate(path: string): Location {
    return locate(path, findRoot(this), this.mounts)
  }

  /** By its descriptor: it may have been removed. */
  #openWorkingDirectory(flags: number): number {
    const { fd } = this.caller.cwd
    const path = this.nameOf(fd)
    this.#mount = path === undefined ? this.mounts.root : this.mounts.fromGuest(path)
    return this.tracee.system.call('openat', fd, this.tracee.pathAt('.'), flags | O_CLOEXEC)
  }

  /** Opens a file that exists, with the flags of open(2). */
  openAt(location: Location, flags: number): number {
    const { root, restrictions } = location
    const isPlain = restrictions === undefined && !this.mounts.mayLeadInto(guestPath(location))
    if (!this.caller.credentials.privileged) return this.#walkAndOpen(location, flags)
    this.#mount = root.mount
    const named = isPlain ? this.places.open(location, flags) : undefined
    if (named !== undefined) return named
    const opened = isPlain ? this.#follow(location, flags) : this.#walkAndOpen(location, flags)
    if ((flags & this.#noFollow) === 0) this.#noteWay(location, opened)
    return opened
  }

  /** Opens a file that symlinks may lead to, but no mount. */
  #follow(location: Location, flags: number): number {
    const direct = this.#resolver.open(location, flags, { followsLinks: false })
    if (direct !== -ELOOP) return direct
    // It might truncate a file that a mount covers.
    if ((flags & O_TRUNC) !== 0) return this.#walkAndOpen(location, flags)
    const linked = this.#resolver.open(location, flags, { followsLinks: true })
    if (linked < 0) return unclear.has(linked) ? this.#walkAndOpen(location, flags) : linked
    const name = this.nameOf(linked)
    if (name !== undefined && !this.mounts.mayLeadInto(name)) return linked
    this.close(linked)
    return this.#walkAndOpen(location, flags)
  }

  /** Remembers where a path has led: to an open file, or with a negated errno. */
  #noteWay({ root, text, restrictions }: Location, opened: number): void {
    if (root.fd !== this.mounts.root.fd || restrictions !== undefined) return
    if (opened === -ENOENT) this.places.noteMissingWay(text)
    if (opened < 0) return
    const name = this.nameOf(opened)
    if (name === undefined || name === '/' || this.mounts.isNear(name)) return
    const status = this.tracee.status(opened)
    const type = status.mode & S_IFMT
    const isDevice = this.#permissions.entry(status)?.device !== undefined
    if ((type === S_IFREG || type === S_IFDIR) && !isDevice) this.places.noteWay(text, name)
  }

  #walkAndOpen(location: Location, flags: number): number {
    using trail = new Trail(location.root, (fd) => this.close(fd))
    const found = this.#walker.walk(trail, location, (flags & this.#noFollow) === 0)
    return typeof found === 'number' ? found : this.#openFound(found, flags)
  }

  #openFound(found: Found, flags: number): number {
    const { system } = this.tracee
    if ('open' in found) {
      const opened = found.open(flags)
      const name = opened < 0 ? undefined : this.nameOf(opened)
      this.#mount = name === undefined ? this.mounts.root : this.mounts.fromGuest(name)
      return opened
    }
    this.#mount = found.mount
    const writes = (flags & O_PATH) === 0 && ((flags & O_ACCMODE) !== 0 || (flags & O_TRUNC) !== 0)
    if (writes && found.mount.readonly) return -EROFS
    if ('parent' in found) {
      return system.call('openat', found.parent, this.tracee.pathAt(found.name), flags | O_CLOEXEC | this.#noFollow)
    }
    const path = this.tracee.pathAt(`/proc/thread-self/fd/${found.mount.fd}`)
    return system.call('openat', AT_FDCWD, path, (flags & ~this.#noFollow) | O_CLOEXEC)
  }

  #isMountPoint(parent: number, text: string, name: string): boolean {
    if (name === '.') return false
    const above = this.#mount === this.mounts.root && !this.mounts.mayLeadInto(text) ? undefined : this.nameOf(parent)
    return (
      above !== undefined && this.mounts.at(`${above === '/' ? '' : above}/${name.replace(/\/+$/, '')}`) !== undefined
    )
  }
}
