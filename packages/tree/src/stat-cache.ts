import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { type Digest, hexOf } from '@tsbuild/oci'
import { FileRecords, recordSize, statSize } from './file-records.ts'

/*
 * File format, little-endian:  "tsstats" version, CRC-32 of the rest, number of records; records as in
 * `FileRecords`.
 */
const magic = 'tsstats\u0001'
const headerSize = 16
const mostRecords = 500_000
/** A file that changed less than this before it was hashed may change again without its times showing it. */
const grainNs = 2_000_000_000n

/**
 * Content digests of files by device, inode, size and times, so that an unchanged tree need not be read again. The file is
 * advisory: a missing or damaged one is an empty cache.
 */
export class StatCache {
  readonly #file: string
  /** The row of an inode, in order of last use. */
  readonly #rows = new Map<number, number>()
  readonly #records = new FileRecords()
  #hasChanged = false

  private constructor(file: string, stored: Buffer) {
    this.#file = file
    for (let at = 0; at < stored.length; at += recordSize) this.#add(stored.subarray(at, at + recordSize))
  }

  /** Loads the cache kept in `file`. */
  static open(file: string): StatCache {
    return new StatCache(file, load(file))
  }

  /** The digest of a file's content by its stat (see `writeStat`), when nothing says that it changed since it was hashed. */
  get(stat: Buffer): Digest | undefined {
    const row = this.#rows.get(inodeOf(stat))
    if (row === undefined) return undefined
    const record = this.#records.at(row)
    return stat.compare(record, 0, statSize) === 0 ? `sha256:${record.toString('hex', statSize)}` : undefined
  }

  /** Remembers a digest; not for a file that changed so recently that a further change could go unnoticed. */
  set(stat: Buffer, digest: Digest): void {
    const [mtimeNs, ctimeNs] = [stat.readBigInt64LE(24), stat.readBigInt64LE(32)]
    if (BigInt(Date.now()) * 1_000_000n - (mtimeNs > ctimeNs ? mtimeNs : ctimeNs) < grainNs) return
    this.#add(stat).write(hexOf(digest), statSize, 'hex')
    this.#hasChanged = true
  }

  /** Writes the cache back, all or nothing; does nothing when nothing was learnt. */
  save(): void {
    if (!this.#hasChanged) return
    const rows = [...this.#rows.values()].slice(-mostRecords)
    const whole = Buffer.alloc(headerSize + rows.length * recordSize)
    for (const [index, row] of rows.entries()) this.#records.at(row).copy(whole, headerSize + index * recordSize)
    whole.write(magic, 0, 'latin1')
    whole.writeUInt32LE(rows.length, 12)
    whole.writeUInt32LE(crc32(whole.subarray(12)), 8)
    const temporary = `${this.#file}.${process.pid}.${Math.random().toString(36).slice(2)}`
    try {
      writeFileSync(temporary, whole)
      renameSync(temporary, this.#file)
      this.#hasChanged = false
    } catch (error) {
      rmSync(temporary, { force: true })
      throw error
    }
  }

  /** Adds a record that begins with `bytes`. */
  #add(bytes: Buffer): Buffer {
    const row = this.#records.add()
    const record = this.#records.at(row)
    bytes.copy(record)
    const inode = inodeOf(bytes)
    // Deleted first, so that the map is in order of last use and saving can drop the oldest.
    this.#rows.delete(inode)
    this.#rows.set(inode, row)
    return record
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

/** The inode of a stat. Beyond 2^53 several share a number, of which one is remembered. */
function inodeOf(stat: Buffer): number {
  return Number(stat.readBigUInt64LE(8))
}
