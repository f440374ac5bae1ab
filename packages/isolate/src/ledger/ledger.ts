/** A device that a process made and the kernel refused. */
export interface LedgerDevice {
  readonly kind: 'block' | 'character'
  readonly major: number
  readonly minor: number
}

/** Owner of a file, and what else of it the kernel does not keep. */
export interface LedgerEntry {
  readonly uid: number
  readonly gid: number
  /** The file on disk is an empty regular file in its place. */
  readonly device?: LedgerDevice
  /**
   * Permission bits, with those for set-user-ID, set-group-ID and sticky, where the file on disk
   * has others.
   */
  readonly mode?: number
  /** Extended attributes that the file on disk lacks, by name. */
  readonly xattrs?: ReadonlyMap<string, Uint8Array>
}

/** An entry with the file it is about: device and inode number of stat(2). */
export interface LedgerRow extends LedgerEntry {
  readonly dev: number
  readonly ino: number
}

/** An entry, and the inode numbers that it is found by. */
interface Record {
  entry: LedgerEntry
  readonly inodes: number[]
}

const ofRoot: LedgerEntry = { uid: 0, gid: 0 }

function isPlain({ uid, gid, device, mode, xattrs }: LedgerEntry): boolean {
  return (
    uid === 0 && gid === 0 && device === undefined && mode === undefined && (xattrs === undefined || xattrs.size === 0)
  )
}

/**
 * Metadata that the kernel does not keep. A user namespace with one id has no other owners, and
 * makes no devices; without a namespace, modes must not lock the builder out either, and some
 * attributes are refused. Files without an entry belong to 0:0. All names of a file share its
 * entry, which is removed with the last name.
 */
export class Ledger {
  readonly #files = new Map<number, Map<number, Record>>()
  #size = 0
  #hasDevices = false
  #onInode: (inode: number) => void = () => {}

  constructor(rows: Iterable<LedgerRow> = []) {
    for (const { dev, ino, ...entry } of rows) this.set(dev, ino, entry)
  }

  get isEmpty(): boolean {
    return this.#size === 0
  }

  /** A file has been a device. */
  get hasDevices(): boolean {
    return this.#hasDevices
  }

  get(dev: number, ino: number): LedgerEntry | undefined {
    return this.#files.get(dev)?.get(ino)?.entry
  }

  set(dev: number, ino: number, entry: LedgerEntry): void {
    if (entry.device !== undefined) this.#hasDevices = true
    const known = this.#files.get(dev)?.get(ino)
    if (known !== undefined) known.entry = entry
    else if (!isPlain(entry)) this.#add(dev, ino, { entry, inodes: [] })
  }

  /**
   * Makes `other` a further inode number of the file `ino`, as overlays give them to new names of
   * files from below.
   */
  join(dev: number, ino: number, other: number): void {
    if (ino === other) return
    if (this.get(dev, ino) === undefined) this.#add(dev, ino, { entry: ofRoot, inodes: [] })
    const record = this.#files.get(dev)?.get(ino)
    if (record !== undefined && !record.inodes.includes(other)) this.#add(dev, other, record)
  }

  /** Removes the entry of a file, with all of its inode numbers. */
  delete(dev: number, ino: number): void {
    const files = this.#files.get(dev)
    for (const one of files?.get(ino)?.inodes ?? []) if (files?.delete(one) === true) this.#size -= 1
  }

  /** Calls back with every inode number that has an entry, now or later. */
  watchInodes(onInode: (inode: number) => void): void {
    this.#onInode = onInode
    for (const { ino } of this.rows()) onInode(ino)
  }

  *rows(): Generator<LedgerRow> {
    for (const [dev, files] of this.#files) for (const [ino, { entry }] of files) yield { dev, ino, ...entry }
  }

  /** Takes over all rows in place of the present ones. */
  replace(rows: Iterable<LedgerRow>): void {
    this.#files.clear()
    this.#size = 0
    for (const { dev, ino, ...entry } of rows) this.set(dev, ino, entry)
  }

  #add(dev: number, ino: number, record: Record): void {
    const files = this.#files.get(dev) ?? new Map<number, Record>()
    this.#files.set(dev, files)
    if (!files.has(ino)) this.#size += 1
    files.set(ino, record)
    record.inodes.push(ino)
    this.#onInode(ino)
  }
}
