import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { FileOperation } from './record-operations.ts'

/** Files by path that may exist after a crash, and directories as null. */
export type CrashState = ReadonlyMap<string, Buffer | null>

/** A file, by any name. */
interface Inode {
  readonly data: Buffer
  /** Bytes that were written out. */
  readonly synced: number
}

/** A change of names that a directory may have lost. */
type NameChange =
  | { readonly kind: 'file'; readonly path: string; readonly inode: number }
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'removal'; readonly path: string }

/**
 * Every state that a crash of the machine may leave, for each prefix of the operations. Names are
 * kept once their directory was synced; of the others any may be missing: none, all, each one alone
 * and all but each one are tried. Bytes are kept once their file was synced; else they are whole,
 * missing, or zeros. Equal states are returned once. Paths of `isLeftOut` are never in them. The
 * operations before `first` are over: only what comes after them is cut off.
 */
export function* crashStates(
  operations: readonly FileOperation[],
  isLeftOut: (path: string) => boolean,
  first = 0,
): Generator<CrashState> {
  const seen = new Set<string>()
  const disk = new Disk(isLeftOut)
  for (const [index, operation] of operations.entries()) {
    if (!disk.apply(operation) || index < first) continue
    for (const state of disk.states()) {
      const key = identify(state)
      if (seen.has(key)) continue
      seen.add(key)
      yield state
    }
  }
}

class Disk {
  readonly #inodes: Inode[] = []
  /** Inodes by the names that a running program sees. */
  readonly #names = new Map<string, number>()
  readonly #durable: NameChange[] = []
  readonly #isLeftOut: (path: string) => boolean
  #pending: NameChange[] = []
  readonly #syncedElsewhere = new Set<string>()

  constructor(isLeftOut: (path: string) => boolean) {
    this.#isLeftOut = isLeftOut
  }

  /** False for an operation that changes no state. */
  apply(operation: FileOperation): boolean {
    const { path } = operation
    const inode = this.#names.get(path)
    switch (operation.kind) {
      case 'create':
        return inode === undefined && this.#name(path, this.#inodes.push({ data: Buffer.alloc(0), synced: 0 }) - 1)
      case 'write': {
        // By a step, in a root directory of its own.
        if (inode === undefined && this.#isLeftOut(path)) return false
        const file = this.#inodes[inode ?? -1]
        if (inode === undefined || file === undefined) throw new Error(`${path} was never created`)
        this.#inodes[inode] = { ...file, data: Buffer.concat([file.data, operation.data]) }
        return false
      }
      case 'truncate': {
        if (inode === undefined && this.#isLeftOut(path)) return false
        const file = this.#inodes[inode ?? -1]
        if (inode === undefined || file === undefined) throw new Error(`${path} was never created`)
        const { size } = operation
        const kept = file.data.subarray(0, size)
        this.#inodes[inode] = {
          data: Buffer.concat([kept, Buffer.alloc(size - kept.length)]),
          synced: Math.min(file.synced, size),
        }
        return false
      }
      case 'sync':
        return this.#sync(path, inode)
      case 'rename':
      case 'link': {
        const from =
          this.#names.get(operation.from) ??
          (operation.kind === 'link' ? this.#fromElsewhere(operation.from) : undefined)
        if (operation.kind === 'rename') this.#remove(operation.from)
        return from !== undefined && this.#name(path, from)
      }
      case 'mkdir':
        return this.#change({ kind: 'directory', path })
      case 'remove':
        return this.#remove(path)
    }
  }

  *states(): Generator<CrashState> {
    const all = this.#pending
    const choices = [[], all, ...all.map((one) => [one]), ...all.map((one) => all.filter((other) => other !== one))]
    for (const kept of choices)
      for (const fill of [undefined, 'nothing', 'zeros'] as const) yield this.#state([...this.#durable, ...kept], fill)
  }

  #state(changes: readonly NameChange[], fill: 'nothing' | 'zeros' | undefined): CrashState {
    const state = new Map<string, Buffer | null>()
    for (const change of changes) {
      if (change.kind === 'removal') state.delete(change.path)
      else if (change.kind === 'directory') state.set(change.path, null)
      else state.set(change.path, this.#content(change.inode, fill))
    }
    // A file is lost with its directory.
    const isLost = (path: string): boolean => path.startsWith('/') && !state.has(dirname(path)) && path !== '/'
    for (let before = -1; before !== state.size; ) {
      before = state.size
      for (const path of state.keys()) if (isLost(path) && !this.#isRoot(path)) state.delete(path)
    }
    return state
  }

  #content(inode: number, fill: 'nothing' | 'zeros' | undefined): Buffer {
    const { data, synced } = this.#inodes[inode] ?? { data: Buffer.alloc(0), synced: 0 }
    if (fill === undefined || synced === data.length) return data
    const kept = data.subarray(0, synced)
    return fill === 'nothing' ? kept : Buffer.concat([kept, Buffer.alloc(data.length - synced)])
  }

  /** The first directory that was made lies in one that existed before. */
  #isRoot(path: string): boolean {
    return [...this.#durable, ...this.#pending].find(({ kind }) => kind === 'directory')?.path === path
  }

  #name(path: string, inode: number): boolean {
    this.#names.set(path, inode)
    return this.#change({ kind: 'file', path, inode })
  }

  #remove(path: string): boolean {
    this.#names.delete(path)
    return this.#change({ kind: 'removal', path })
  }

  #change(change: NameChange): boolean {
    if (this.#isLeftOut(change.path)) return false
    this.#pending.push(change)
    return true
  }

  /** A file of another directory, which gets a name in this one. */
  #fromElsewhere(path: string): number | undefined {
    if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined
    const data = readFileSync(path)
    return this.#inodes.push({ data, synced: this.#syncedElsewhere.has(path) ? data.length : 0 }) - 1
  }

  #sync(path: string, inode: number | undefined): boolean {
    this.#syncedElsewhere.add(path)
    const file = this.#inodes[inode ?? -1]
    if (inode !== undefined && file !== undefined) {
      this.#inodes[inode] = { ...file, synced: file.data.length }
      return false
    }
    this.#durable.push(...this.#pending.filter((change) => dirname(change.path) === path))
    this.#pending = this.#pending.filter((change) => dirname(change.path) !== path)
    return false
  }
}

/** Writes the state of the directory `from` to another one. */
export async function writeState(state: CrashState, from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  for (const [path, data] of state) {
    const name = relative(from, path)
    await mkdir(join(to, data === null ? name : dirname(name)), { recursive: true })
    if (data !== null) await writeFile(join(to, name), data)
  }
}

function identify(state: CrashState): string {
  const hash = createHash('sha256')
  for (const path of [...state.keys()].sort()) {
    const data = state.get(path)
    hash.update(`${path} ${data?.length ?? 'directory'}\n`)
    if (data) hash.update(data)
  }
  return hash.digest('hex')
}
