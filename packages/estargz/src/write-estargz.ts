import { createHash } from 'node:crypto'
import { type Bytes, gzipMember, mapOrdered } from '@tsbuild/content'
import { type Digest, digestOf } from '@tsbuild/oci'
import { encodeHeader, endOfArchive, paddingSize, readTar, TarError } from '@tsbuild/tar'
import { Tape } from './tape.ts'
import { footer, type TocEntry, toTocEntry, tocName } from './toc.ts'

/**
 * Size of a member: of a file, or of the bytes between files. Part of the format here: a change
 * gives every layer another digest.
 */
const memberSize = 1024 * 1024

/** Facts about a written eStargz layer. */
export interface EstargzFacts {
  /** Hash of all that it decompresses to, the table of contents included. */
  readonly diffId: Digest
  /** Bytes it decompresses to. */
  readonly size: number
  readonly tocDigest: Digest
}

/**
 * Annotations of the layer's descriptor for readers of parts (eStargz § Content Verification;
 * containers/storage wants the size).
 */
export function estargzAnnotations({ tocDigest, size }: EstargzFacts): Readonly<Record<string, string>> {
  return {
    'containerd.io/snapshot/stargz/toc.digest': tocDigest,
    'io.containers.estargz.uncompressed-size': String(size),
  }
}

/** A stretch of the archive that is compressed by itself. */
interface Member {
  readonly parts: readonly Uint8Array[]
  /** The entry whose content it begins with. */
  readonly begins?: TocEntry
}

/**
 * Writes a layer tar as eStargz, in memory that is bounded but for the table of contents; the same
 * tar and level always give the same bytes. `facts` may be called when all bytes have been read.
 * Throws `TarError` for a tar that cannot be read, or has a table already.
 */
export function writeEstargz(tar: Bytes, level?: number): { readonly bytes: Bytes; facts(): EstargzFacts } {
  let known: EstargzFacts | undefined
  async function* write(): AsyncGenerator<Uint8Array, void, undefined> {
    const entries: TocEntry[] = []
    const hash = createHash('sha256')
    let [offset, size] = [0, 0]
    async function* counted(): AsyncGenerator<Member, void, undefined> {
      for await (const member of membersOf(tar, entries)) {
        for (const part of member.parts) hash.update(part)
        size += totalLength(member.parts)
        yield member
      }
    }
    const compressed = mapOrdered(counted(), async ({ parts, begins }) => ({
      bytes: await gzipMember(Buffer.concat(parts), level),
      begins,
    }))
    for await (const { bytes, begins } of compressed) {
      if (begins) begins.offset = offset
      offset += bytes.length
      yield bytes
    }
    const toc = Buffer.from(JSON.stringify({ version: 1, entries }))
    const archive = archiveToc(toc)
    yield await gzipMember(archive, level)
    yield footer(offset)
    known = {
      diffId: `sha256:${hash.update(archive).digest('hex')}`,
      size: size + archive.length,
      tocDigest: digestOf(toc),
    }
  }
  return {
    bytes: write(),
    facts: () => {
      if (known === undefined) throw new Error('the layer has not been written yet')
      return known
    },
  }
}

/** Cuts the tar where content begins, and notes every entry. */
async function* membersOf(tar: Bytes, entries: TocEntry[]): AsyncGenerator<Member, void, undefined> {
  const tape = new Tape(tar)
  let member: { parts: Uint8Array[]; begins?: TocEntry } = { parts: [] }
  for await (const { entry, offset, stored, body } of readTar(tape.play())) {
    if (entry.path === tocName)
      throw new TarError('TAR_INVALID', `cannot write eStargz: the layer has a file "${tocName}" already`)
    if (stored !== undefined)
      throw new TarError('TAR_UNSUPPORTED', `cannot write eStargz: the layer has the sparse file "${entry.path}"`)
    for (const part of tape.take(offset)) member.parts.push(part)
    if (totalLength(member.parts) >= memberSize) {
      yield member
      member = { parts: [] }
    }
    const noted = toTocEntry(entry)
    entries.push(noted)
    if (entry.type !== 'file' || entry.size === 0) continue
    const whole = createHash('sha256')
    let [at, begins] = [0, noted]
    for await (const chunk of chunksOf(body)) {
      if (at > 0) {
        begins = { name: entry.path, type: 'chunk', chunkOffset: at }
        entries.push(begins)
      }
      const length = totalLength(chunk)
      if (at + length < entry.size) begins.chunkSize = length
      begins.chunkDigest = digestOf(Buffer.concat(chunk))
      for (const part of chunk) whole.update(part)
      at += length
      tape.take(offset + at)
      if (member.parts.length > 0) yield member
      member = { parts: [...chunk], begins }
    }
    noted.digest = `sha256:${whole.digest('hex')}`
  }
  for (const part of tape.take()) member.parts.push(part)
  yield member
}

/** A content in pieces of `memberSize`. */
async function* chunksOf(body: Bytes): AsyncGenerator<readonly Uint8Array[], void, undefined> {
  let parts: Uint8Array[] = []
  for await (const bytes of body) {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + memberSize - totalLength(parts))
      parts.push(part)
      at += part.length
      if (totalLength(parts) < memberSize) continue
      yield parts
      parts = []
    }
  }
  if (parts.length > 0) yield parts
}

function archiveToc(toc: Uint8Array): Buffer {
  const header = encodeHeader({ type: 'file', path: tocName, size: toc.length, mode: 0, uid: 0, gid: 0, mtime: 0 })
  return Buffer.concat([header, toc, new Uint8Array(paddingSize(toc.length)), endOfArchive])
}

function totalLength(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0)
}
