import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { type Digest, hexOf } from '@tsbuild/oci'

/** What tells whether a file is still the one it was. */
export interface FileStat {
  readonly dev: bigint
  readonly ino: bigint
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
}

/*
 * File format, little-endian:  "tsstats" version, CRC-32 of the rest, number of records; records of 72 bytes:
 * dev, ino, size, mtimeNs, ctimeNs (8 bytes each), SHA-256 (32 bytes).
 */
const magic = 'tsstats\u0001'
const headerSize = 16
const recordSize = 72
const statSize = 40
const mostRecords = 500_000
const scratch = Buffer.alloc(statSize)
/** A file that changed less than this before it was hashed may change again without its times showing it. */
const grainNs = 2_000_000_000n

/**
 * Content digests of files by device, inode, size and times, so that an unchanged tree need not be read again. The file is
 * advisory: a missing or damaged one is an empty cache.
 */
export class StatCache {
  readonly #file: string
  /** Where the record of an inode begins. */
  readonly #places: Map<bigint, number>
  #records: Buffer
  #end: number
  #hasChanged = false

  private constructor(file: string, records: Buffer) {
    this.#file = file
    this.#records = records
    this.#end = records.length
    this.#places = new Map()
    for (let at = 0; at < records.length; at += recordSize) this.#places.set(records.readBigUInt64LE(at + 8), at)
  }

  /** Loads the cache kept in `file`. */
  static open(file: string): StatCache {
    return new StatCache(file, load(file))
  }

  /** The digest of the file's content, when nothing says that it changed since it was hashed. */
  get(stat: FileStat): Digest | undefined {
    const at = this.#places.get(stat.ino)
    if (at === undefined || writeStat(scratch, 0, stat).compare(this.#records, at, at + statSize) !== 0) return undefined
    return `sha256:${this.#records.toString('hex', at + statSize, at + recordSize)}`
  }

  /** Remembers a digest; not for a file that changed so recently that a further change could go unnoticed. */
  set(stat: FileStat, digest: Digest): void {
    const newest = stat.mtimeNs > stat.ctimeNs ? stat.mtimeNs : stat.ctimeNs
    if (BigInt(Date.now()) * 1_000_000n - newest < grainNs) return
    if (this.#end === this.#records.length) this.#records = Buffer.concat([this.#records], 2 * this.#end + 1024 * recordSize)
    writeStat(this.#records, this.#end, stat).write(hexOf(digest), this.#end + statSize, 'hex')
    // Deleted first, so that the map is in order of last use and saving can drop the oldest.
    this.#places.delete(stat.ino)
    this.#places.set(stat.ino, this.#end)
    this.#end += recordSize
    this.#hasChanged = true
  }

  /** Writes the cache back, all or nothing; does nothing when nothing was learnt. */
  save(): void {
    if (!this.#hasChanged) return
    const places = [...this.#places.values()].slice(-mostRecords)
    const whole = Buffer.alloc(headerSize + places.length * recordSize)
    for (const [index, at] of places.entries()) this.#records.copy(whole, headerSize + index * recordSize, at, at + recordSize)
    whole.write(magic, 0, 'latin1')
    whole.writeUInt32LE(places.length, 12)
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

function writeStat(target: Buffer, at: number, { dev, ino, size, mtimeNs, ctimeNs }: FileStat): Buffer {
  target.writeBigUInt64LE(dev, at)
  target.writeBigUInt64LE(ino, at + 8)
  target.writeBigUInt64LE(size, at + 16)
  // Before 1970 is possible.
  target.writeBigUInt64LE(BigInt.asUintN(64, mtimeNs), at + 24)
  target.writeBigUInt64LE(BigInt.asUintN(64, ctimeNs), at + 32)
  return target
}
