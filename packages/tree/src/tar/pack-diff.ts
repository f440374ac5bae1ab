import { encodeHeader, endOfArchive, paddingSize, type TarEntry } from '@tsbuild/tar'
import { ChunkBuffer } from './chunk-buffer.ts'
import { ContentHash } from '../model/content-hash.ts'
import type { Diff, LocatedChange } from '../model/diff.ts'
import type { Entry, FileContent, LocatedContent, Path } from '../model/entry.ts'
import { TreeError } from '../model/errors.ts'
import { orderHardlinks } from '../model/hardlinks.ts'
import { layerXattrs } from '../model/layer-xattrs.ts'
import { sortedPaths } from '../model/path.ts'
import { toTarEntry } from './tar-entry.ts'
import { checkNotReserved, opaqueName, whiteoutPath } from './whiteout.ts'

const padding = new Uint8Array(512)

/**
 * The layer tar of a diff (image-spec, layer.md), the same bytes for the same diff: entries in
 * path order, removals as whiteouts, each file read once. Of extended attributes those of
 * `layerXattrs` go in. `onEntry` is called for each change when it has been written, with its place
 * in the tar and the digest of its content. An empty diff gives 1024 zero bytes. Throws `TreeError`
 * `FILE_CHANGED` when a content has not the size its entry states, `NAME_RESERVED` for a name that
 * would read as a whiteout. With `reuseChunks` a chunk is valid until the next one is requested,
 * and a layer of any size makes next to no garbage.
 */
export async function* packDiff(
  diff: Diff,
  onEntry: (located: LocatedChange) => void,
  options: { readonly reuseChunks?: boolean } = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const out = new ChunkBuffer(options.reuseChunks)
  const relinked = orderHardlinks(diff)
  for (const path of sortedPaths(diff)) {
    const change = diff.get(path)
    if (change === undefined) continue
    if (change.type === 'remove') {
      for (const chunk of out.push(encodeHeader(marker(whiteoutPath(path))))) yield chunk
      onEntry({ path, change })
      continue
    }
    checkNotReserved(path)
    const entry = packable(relinked.get(path) ?? change.entry)
    for (const chunk of out.push(encodeHeader(toTarEntry(path, entry)))) yield chunk
    const located = entry.type === 'file' ? { ...entry, content: yield* packContent(out, path, entry.content) } : entry
    if (change.opaque === true)
      for (const chunk of out.push(encodeHeader(marker(path === '' ? opaqueName : `${path}/${opaqueName}`))))
        yield chunk
    onEntry({
      path,
      change: change.opaque === true ? { type: 'set', entry: located, opaque: true } : { type: 'set', entry: located },
    })
  }
  for (const chunk of out.push(endOfArchive)) yield chunk
  for (const chunk of out.flush()) yield chunk
}

/** Writes a file's bytes and their padding. */
async function* packContent(
  out: ChunkBuffer,
  path: Path,
  content: FileContent,
): AsyncGenerator<Uint8Array, LocatedContent, undefined> {
  const { size } = content
  const offset = out.length
  const hash = new ContentHash()
  if (content.readInto !== undefined && size <= ChunkBuffer.smallSize) {
    const ready = out.fill(size, (buffer, at) => {
      content.readInto?.(buffer, at)
      if (content.digest === undefined) hash.update(buffer.subarray(at, at + size))
    })
    for (const chunk of ready) yield chunk
  } else if (size > 0) {
    for await (const chunk of content.open()) {
      if (out.length - offset + chunk.length > size) throw changed(path, `more than ${size}`, size)
      if (content.digest === undefined) hash.update(chunk)
      for (const ready of out.push(chunk)) yield ready
    }
  }
  const written = out.length - offset
  if (written !== size) throw changed(path, String(written), size)
  if (paddingSize(size) > 0) for (const chunk of out.push(padding.subarray(0, paddingSize(size)))) yield chunk
  return { size, digest: content.digest ?? hash.digest(), offset }
}

function changed(path: Path, found: string, expected: number): TreeError {
  return new TreeError('FILE_CHANGED', `content of "${path}" has ${found} bytes, not the ${expected} it had`, { path })
}

/** A file of the layer that is a mark and has no metadata. */
function marker(path: Path): TarEntry {
  return { type: 'file', path, size: 0, mode: 0, uid: 0, gid: 0, mtime: 0 }
}

/** An entry with the extended attributes that a layer holds. */
function packable(entry: Entry): Entry {
  const { xattrs, ...rest } = entry
  const kept = layerXattrs(xattrs)
  return kept === undefined ? rest : { ...rest, xattrs: kept }
}
