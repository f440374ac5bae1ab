import { readFileSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { decodeDevice, encodeDevice, type LedgerEntry } from '@tsbuild/isolate'
import { ownersPath } from '../../layer/disk/note-use.ts'

/** Metadata by path, with the inode number of the file that it belongs to. */
export type OwnersByPath = ReadonlyMap<string, { readonly ino: number; readonly entry: LedgerEntry }>

/** A row of a record. Absent metadata is that of the file on disk. */
interface Row {
  /** Relative to the directory; bytes are characters of the same code. */
  readonly path: string
  readonly ino: number
  readonly uid: number
  readonly gid: number
  readonly mode?: number
  readonly device?: string
  /** Pairs of name and value, in base64. */
  readonly xattrs?: readonly (readonly [name: string, value: string])[]
}

/** The record of a cache mount; undefined without one that can be read. */
export function readOwners(directory: string): OwnersByPath | undefined {
  try {
    return decodeOwners(readFileSync(ownersPath(directory), 'utf8'))
  } catch {
    return undefined
  }
}

/** Replaces the record of a cache mount. Others who do that need a lock. */
export async function writeOwners(directory: string, owners: OwnersByPath): Promise<void> {
  const path = ownersPath(directory)
  const draft = `${path}.new`
  await writeFile(draft, encodeOwners(owners), { mode: 0o600 })
  await rename(draft, path)
}

/** Lock of the record of a cache mount. */
export function ownersLock(directory: string): string {
  return `${ownersPath(directory)}.lock`
}

/** Text of a record: a JSON array of rows, one a line. */
export function encodeOwners(owners: OwnersByPath): string {
  const rows = [...owners].map(([path, { ino, entry }]) => {
    const { uid, gid, mode, device, xattrs } = entry
    const row: Row = {
      path,
      ino,
      uid,
      gid,
      ...(mode !== undefined && { mode }),
      ...(device !== undefined && { device: Buffer.from(encodeDevice(device)).toString() }),
      ...(xattrs !== undefined && { xattrs: [...xattrs].map(([name, value]) => [name, toBase64(value)] as const) }),
    }
    return JSON.stringify(row)
  })
  return `[${rows.join(',\n')}]\n`
}

/** Reads a record. Throws a `SyntaxError` or `TypeError` for any other text. */
export function decodeOwners(text: string): OwnersByPath {
  const rows: unknown = JSON.parse(text)
  if (!Array.isArray(rows)) throw new TypeError('a record of owners is an array')
  return new Map(rows.map((row: unknown) => decodeRow(row)))
}

function decodeRow(row: unknown): readonly [string, { readonly ino: number; readonly entry: LedgerEntry }] {
  if (!isRow(row)) throw new TypeError('a record of owners has another row')
  const device = row.device === undefined ? undefined : decodeDevice(Buffer.from(row.device))
  const entry = {
    uid: row.uid,
    gid: row.gid,
    ...(row.mode !== undefined && { mode: row.mode }),
    ...(device !== undefined && { device }),
    ...(row.xattrs !== undefined && {
      xattrs: new Map(row.xattrs.map(([name, value]) => [name, new Uint8Array(Buffer.from(value, 'base64'))])),
    }),
  }
  return [row.path, { ino: row.ino, entry }]
}

function isRow(value: unknown): value is Row {
  if (typeof value !== 'object' || value === null) return false
  const row: Readonly<Record<string, unknown>> = { ...value }
  const isNumber = (name: string): boolean => Number.isSafeInteger(row[name]) && Number(row[name]) >= 0
  return (
    isPath(row['path']) &&
    ['ino', 'uid', 'gid'].every(isNumber) &&
    (row['mode'] === undefined || isNumber('mode')) &&
    (row['device'] === undefined || typeof row['device'] === 'string') &&
    (row['xattrs'] === undefined || (Array.isArray(row['xattrs']) && row['xattrs'].every(isPair)))
  )
}

function isPath(value: unknown): boolean {
  return typeof value === 'string' && !value.startsWith('/') && !value.split('/').includes('..')
}

function isPair(value: unknown): boolean {
  return Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === 'string')
}

function toBase64(value: Uint8Array): string {
  return Buffer.from(value).toString('base64')
}
