/**
 * Something that the guest sees at a path: the root directory, or a mount. Paths are latin1 texts
 * of their bytes.
 */
export interface GuestMount {
  /** Absolute in the guest, without `.`, `..` or symlinks. */
  readonly target: string
  /** Absolute on the host. */
  readonly source: string
  /** `proc`: the process table, of which only supervised processes are shown. */
  readonly type: 'directory' | 'file' | 'proc'
  readonly readonly: boolean
  /** A device of the machine: its content can be written, and its attributes stay as they are. */
  readonly isDevice?: boolean
}

/** A mount whose source is open. */
export interface OpenMount extends GuestMount {
  /** Opened with `O_PATH`. */
  readonly fd: number
}

/** Mounts of the guest by path. A later mount covers earlier ones. */
export class MountTable {
  readonly root: OpenMount
  readonly #byTarget = new Map<string, OpenMount>()
  /** Targets by their first name: most paths lead to none of them. */
  readonly #byFirstName = new Map<string, string[]>()
  #longestSourceFirst: readonly OpenMount[] = []

  /** The first mount is the root directory. */
  constructor([root, ...mounts]: readonly [OpenMount, ...OpenMount[]]) {
    this.root = root
    for (const mount of mounts) this.add(mount)
  }

  /** The root directory and all mounts that nothing covers. */
  get all(): readonly OpenMount[] {
    return [this.root, ...this.#byTarget.values()]
  }

  /** Mounts one more thing. Returns the mounts that it covers. */
  add(mount: OpenMount): readonly OpenMount[] {
    const covered = [...this.#byTarget.values()].filter(({ target }) => isWithin(mount.target, target))
    for (const { target } of covered) this.#byTarget.delete(target)
    this.#byTarget.set(mount.target, mount)
    const [, first = ''] = mount.target.split('/')
    this.#byFirstName.set(first, [...(this.#byFirstName.get(first) ?? []), mount.target])
    this.#longestSourceFirst = this.all.toSorted((a, b) => b.source.length - a.source.length)
    return covered
  }

  /** The mount on a path; undefined for other paths, those in a mount included. */
  at(path: string): OpenMount | undefined {
    return this.#byTarget.get(path)
  }

  /**
   * True for a path that may lead into a mount, symlinks aside. `..` and doubled slashes count as
   * such.
   */
  mayLeadInto(path: string): boolean {
    if (unnormalized.test(path)) return true
    const end = path.indexOf('/', 1)
    const targets = this.#byFirstName.get(end < 0 ? path.slice(1) : path.slice(1, end))
    return targets !== undefined && targets.some((target) => isWithin(target, path))
  }

  /** True for a path without symlinks that is above a mount, or in one. */
  isNear(path: string): boolean {
    return this.mayLeadInto(path) || [...this.#byTarget.keys()].some((target) => isWithin(path, target))
  }

  /** The mount that a path of the guest without symlinks is in. */
  fromGuest(path: string): OpenMount {
    const targets = [...this.#byTarget.values()].filter(({ target }) => isWithin(target, path))
    return targets.reduce((found, mount) => (mount.target.length > found.target.length ? mount : found), this.root)
  }

  /**
   * Path in the guest of a path on the host, and the mount it is in; undefined for what the guest
   * does not see.
   */
  fromHost(path: string): { readonly path: string; readonly mount: OpenMount } | undefined {
    for (const mount of this.#longestSourceFirst) {
      if (!isWithin(mount.source, path)) continue
      const rest = path.slice(mount.source === '/' ? 0 : mount.source.length)
      return { path: mount.target === '/' ? rest || '/' : `${mount.target}${rest}`, mount }
    }
    return undefined
  }
}

const unnormalized = /\/(?:\/|\.\.?(?:\/|$))/

/** True for a path that is another one or below it. */
function isWithin(above: string, path: string): boolean {
  return path.startsWith(above) && (above === '/' || path.length === above.length || path[above.length] === '/')
}
