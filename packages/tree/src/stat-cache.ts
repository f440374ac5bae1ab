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
/** A file that changed less than this before it was hashed may change again without its times showing it. */
const grainNs = 2_000_000_000n

/**
 * Content digests of files by device, inode, size and times, so that an unchanged tree need not be read again. The file is
 * advisory: a missing or damaged one is an empty cache.
 */
export class StatCache {
  readonly #file: string
  readonly #records: Map<bigint, Buffer>
  #hasChanged = false

  private constructor(file: string, records: Map<bigint, Buffer>) {
    this.#file = file
    this.#records = records
  }

  /** Loads the cache kept in `file`. */
  static open(file: string): StatCache {
    return new StatCache(file, load(file))
  }

  /** The digest of the file's content, when nothing says that it changed since it was hashed. */
  get(stat: FileStat): Digest | undefined {
    const record = this.#records.get(stat.ino)
    if (record === undefined || !statBytes(stat).equals(record.subarray(0, statSize))) return undefined
    return `sha256:${record.toString('hex', statSize)}`
  }

  /** Remembers a digest; not for a file that changed so recently that a further change could go unnoticed. */
  set(stat: FileStat, digest: Digest): void {
    const newest = stat.mtimeNs > stat.ctimeNs ? stat.mtimeNs : stat.ctimeNs
    if (BigInt(Date.now()) * 1_000_000n - newest < grainNs) return
    // Deleted first, so that the map is in order of last use and saving can drop the oldest.
    this.#records.delete(stat.ino)
    this.#records.set(stat.ino, Buffer.concat([statBytes(stat), Buffer.from(hexOf(digest), 'hex')]))
    this.#hasChanged = true
  }

  /** Writes the cache back, all or nothing; does nothing when nothing was learnt. */
  save(): void {
    if (!this.#hasChanged) return
    const records = [...this.#records.values()].slice(-mostRecords)
    const whole = Buffer.concat([Buffer.alloc(headerSize), ...records])
    whole.write(magic, 0, 'latin1')
    whole.writeUInt32LE(records.length, 12)
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

function load(file: string): Map<bigint, Buffer> {
  const records = new Map<bigint, Buffer>()
  const bytes = readWhole(file)
  const count = bytes.length < headerSize ? 0 : bytes.readUInt32LE(12)
  const isSound = bytes.toString('latin1', 0, 8) === magic && bytes.length === headerSize + count * recordSize
  if (!isSound || bytes.readUInt32LE(8) !== crc32(bytes.subarray(12))) return records
  for (let at = headerSize; at < bytes.length; at += recordSize)
    records.set(bytes.readBigUInt64LE(at + 8), bytes.subarray(at, at + recordSize))
  return records
}

function readWhole(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch {
    return Buffer.alloc(0)
  }
}

function statBytes(stat: FileStat): Buffer {
  const bytes = Buffer.allocUnsafe(statSize)
  for (const [index, value] of [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].entries()) {
    bytes.writeBigUInt64LE(BigInt.asUintN(64, value), index * 8)
  }
  return bytes
}
