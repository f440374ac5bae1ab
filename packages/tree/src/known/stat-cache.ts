import { closeSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import type { Digest } from '@tsbuild/oci'
import { grainNs } from './tree-fingerprint.ts'
import { recordSize, statSize } from './file-records.ts'

/*
 * File format, little-endian:  "tsstats" version, CRC-32 of the rest, number of records; records as in
 * `FileRecords`.
 */
const magic = 'tsstats\u0001'
const headerSize = 16
const mostRecords = 500_000
/** File with a known digest, as `FileRecords` have it. */
interface Recorded {
  readonly record: Buffer
}

/**
 * Content digests of files by device, inode, size and times, so that an unchanged tree need not be
 * read again. The file is advisory: a missing or damaged one is an empty cache.
 */
export class StatCache {
  readonly #file: string
  readonly #stored: Buffer
  /** Start of the stored record of an inode. */
  readonly #places = new Map<number, number>()
  readonly #learned: Recorded[] = []

  private constructor(file: string, stored: Buffer) {
    this.#file = file
    this.#stored = stored
    for (let at = 0; at < stored.length; at += recordSize) this.#places.set(readInode(stored, at), at)
  }

  /** Loads the cache kept in `file`. */
  static open(file: string): StatCache {
    return new StatCache(file, load(file))
  }

  /**
   * The stored digest of a file's content by its stat (see `writeStat`), if that is the same as
   * when it was hashed.
   */
  get(stat: Buffer): Digest | undefined {
    const at = this.#places.get(readInode(stat, 0))
    if (at === undefined || stat.compare(this.#stored, at, at + statSize) !== 0) return undefined
    return `sha256:${this.#stored.toString('hex', at + statSize, at + recordSize)}`
  }

  /**
   * Stores a digest for the next time. Skips files that changed so recently that a further change
   * could go unnoticed.
   */
  learn(file: Recorded): void {
    const { record } = file
    const [mtimeNs, ctimeNs] = [record.readBigInt64LE(24), record.readBigInt64LE(32)]
    if (BigInt(Date.now()) * 1_000_000n - (mtimeNs > ctimeNs ? mtimeNs : ctimeNs) < grainNs) return
    this.#places.delete(readInode(record, 0))
    this.#learned.push(file)
  }

  /**
   * Writes the cache back atomically, if it has new digests. Of too many records, those stored
   * first go. `draft` is the path of the unfinished file, on the same file system.
   */
  save(draft: string = `${this.#file}.${process.pid}.${Math.random().toString(36).slice(2)}`): void {
    if (this.#learned.length === 0) return
    const room = Math.max(0, mostRecords - this.#learned.length)
    const kept = room === 0 ? [] : [...this.#places.values()].slice(-room)
    try {
      writeRecords(draft, kept.length + this.#learned.length, this.#recordsOf(kept))
      renameSync(draft, this.#file)
    } catch (error) {
      rmSync(draft, { force: true })
      throw error
    }
  }

  *#recordsOf(kept: readonly number[]): Generator<Buffer, void, undefined> {
    for (const at of kept) yield this.#stored.subarray(at, at + recordSize)
    for (const { record } of this.#learned) yield record
  }
}

/** Writes a cache file in pieces: as a whole it would be the largest thing in memory. */
function writeRecords(file: string, count: number, records: Iterable<Buffer>): void {
  const header = Buffer.alloc(headerSize)
  header.write(magic, 0, 'latin1')
  header.writeUInt32LE(count, 12)
  let checksum = crc32(header.subarray(12))
  const piece = Buffer.allocUnsafe(1024 * recordSize)
  let filled = 0
  const fd = openSync(file, 'wx')
  const flush = (): void => {
    checksum = crc32(piece.subarray(0, filled), checksum)
    writeSync(fd, piece, 0, filled)
    filled = 0
  }
  try {
    writeSync(fd, header)
    for (const record of records) {
      filled += record.copy(piece, filled)
      if (filled === piece.length) flush()
    }
    flush()
    header.writeUInt32LE(checksum, 8)
    writeSync(fd, header, 0, headerSize, 0)
  } finally {
    closeSync(fd)
  }
}

/** The records of a cache file. */
function load(file: string): Buffer {
  const bytes = readWhole(file)
  const count = bytes.length < headerSize ? 0 : bytes.readUInt32LE(12)
  const isSound = bytes.toString('latin1', 0, 8) === magic && bytes.length === headerSize + count * recordSize
  return isSound && bytes.readUInt32LE(8) === crc32(bytes.subarray(12)) ? bytes.subarray(headerSize) : Buffer.alloc(0)
}

function readWhole(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch {
    return Buffer.alloc(0)
  }
}

/**
 * The inode of the stat at `at`. Beyond 2^53 several share a number, of which one is remembered.
 */
function readInode(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at + 8))
}
