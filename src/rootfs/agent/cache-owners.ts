import { lstatSync, readdirSync } from 'node:fs'
import { withLock } from '@tsbuild/content'
import type { Ledger, LedgerEntry, LedgerRow } from '@tsbuild/isolate'
import { changedOwners, type FileId } from '../changes/ledger-owners.ts'
import { give, giveAll, type Keeper, type Owned } from '../protocol/owned-paths.ts'
import { type OwnersByPath, ownersLock, readOwners, writeOwners } from './owners-record.ts'

/** A directory that lasts, and the owner that it had at first. */
interface CacheDirectory extends Owned {
  readonly directory: string
}

/**
 * Metadata of the files of a cache mount that the kernel does not keep, from one step to the next:
 * a record beside the note of its last use.
 */
export class CacheOwners {
  readonly #directory: string
  readonly #ledger: Ledger
  readonly #isNew: boolean
  readonly #before: readonly LedgerRow[]
  readonly #device: number

  /**
   * Fills the ledger. Without a record, everything belongs to the owner of the mount; with one,
   * files that are not in it belong to root.
   */
  constructor(mount: CacheDirectory, keeper: Keeper & { readonly ledger: Ledger }) {
    const { directory } = mount
    this.#directory = directory
    this.#ledger = keeper.ledger
    this.#device = lstatSync(directory).dev
    const record = readOwners(directory)
    this.#isNew = record === undefined
    if (record === undefined) giveAll(directory, mount, keeper)
    for (const [path, { ino, entry }] of record ?? []) {
      const found = lstatSync(hostPath(directory, path), { throwIfNoEntry: false })
      // Another file has the name by now.
      if (found?.ino === ino) give(hostPath(directory, path), entry, keeper.ledger)
    }
    this.#before = this.#rows()
  }

  /**
   * Records what the ledger has now. Steps that used the directory at the same time have recorded
   * their own changes, which stay.
   */
  async save(): Promise<void> {
    const after = this.#rows()
    const isChanged = changedOwners(this.#before, after)
    const nothing = after.length === this.#before.length && !after.some(isChanged)
    if (nothing && !(this.#isNew && after.length > 0)) return
    await withLock(ownersLock(this.#directory), () =>
      writeOwners(this.#directory, this.#merge(readOwners(this.#directory) ?? new Map(), isChanged)),
    )
  }

  #merge(recorded: OwnersByPath, isChanged: (file: FileId) => boolean): OwnersByPath {
    const owners = new Map<string, { readonly ino: number; readonly entry: LedgerEntry }>()
    for (const path of pathsIn(this.#directory)) {
      const found = lstatSync(hostPath(this.#directory, path), { throwIfNoEntry: false })
      if (found === undefined) continue
      const known = recorded.get(path)
      const own = this.#ledger.get(found.dev, found.ino)
      const entry = known?.ino === found.ino && !isChanged(found) ? known.entry : own
      if (entry !== undefined) owners.set(path, { ino: found.ino, entry })
    }
    return owners
  }

  #rows(): readonly LedgerRow[] {
    return [...this.#ledger.rows()].filter(({ dev }) => dev === this.#device)
  }
}

/** A path in a directory and those below it. Bytes are characters of the same code. */
function* pathsIn(directory: string, path = ''): Generator<string> {
  yield path
  for (const entry of readdirSync(hostPath(directory, path), { withFileTypes: true, encoding: 'buffer' })) {
    const inner = `${path === '' ? '' : `${path}/`}${entry.name.toString('latin1')}`
    if (entry.isDirectory()) yield* pathsIn(directory, inner)
    else yield inner
  }
}

function hostPath(directory: string, path: string): Buffer {
  return path === ''
    ? Buffer.from(directory)
    : Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(path, 'latin1')])
}
