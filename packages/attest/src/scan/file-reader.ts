import { codeOf, TsbuildError } from '@tsbuild/errors'
import {
  type EntryOf,
  type FileContent,
  type Path,
  resolveHardlink,
  resolvePath,
  TreeError,
  type TreeView,
} from '@tsbuild/tree'

/** A regular file of the tree that is scanned. */
export interface ScannedFile {
  readonly path: Path
  readonly entry: Extract<EntryOf<FileContent>, { type: 'file' }>
  /** A further name (hard link) of a file that also comes under its first. */
  readonly isLink?: true
}

/** A file of the tree could not be read; `cause` says why. Its content is not at fault. */
export class ReadFailure extends TsbuildError {
  override readonly name = 'ReadFailure'

  constructor(message: string, { cause }: ErrorOptions) {
    super(codeOf(cause, 'FILE_UNREADABLE'), message, { cause })
  }
}

/**
 * Reads files of a tree, only as far as needed. Rejects with `ReadFailure` when the tree cannot
 * give the bytes.
 */
export interface FileReader {
  /** The file at a path, symlinks followed; undefined for anything else. */
  find(path: Path): ScannedFile | undefined
  /** True if exactly this path is a directory. */
  isDirectory(path: Path): boolean
  /** The first bytes, at most `limit`. */
  head(file: ScannedFile, limit: number): Promise<Buffer>
  /** The whole file as bytes; throws a plain error when it is larger than `limit`. */
  bytes(file: ScannedFile, limit: number): Promise<Buffer>
  /** Bytes `start` to `start + length` of a file, or fewer where it ends. */
  slice(file: ScannedFile, start: number, length: number): Promise<Buffer>
}

/** A reader of the files in `view`. */
export function fileReader(view: TreeView): FileReader {
  const slice = (file: ScannedFile, start: number, length: number): Promise<Buffer> =>
    readSlice(file.entry.content, start, length)
  return {
    find: (path) => findFile(view, path),
    isDirectory: (path) => view.get(path)?.type === 'directory',
    head: (file, limit) => slice(file, 0, limit),
    bytes: async (file, limit) => {
      const { size } = file.entry.content
      if (size > limit) throw new Error(`it has ${size} bytes, at most ${limit} are read`)
      return slice(file, 0, size)
    },
    slice,
  }
}

function findFile(view: TreeView, path: Path): ScannedFile | undefined {
  try {
    const resolved = resolvePath(view, path)
    const found = view.get(resolved)
    const entry = found && resolveHardlink(view, found)
    return entry?.type === 'file' ? { path: resolved, entry } : undefined
  } catch (error) {
    // A path through too many symlinks leads nowhere.
    if (error instanceof TreeError) return undefined
    throw error
  }
}

async function readSlice(content: FileContent, start: number, length: number): Promise<Buffer> {
  const end = Math.min(content.size, start + length)
  if (start >= end) return Buffer.alloc(0)
  try {
    // What is read whole is read verified.
    return content.readAt && end - start < content.size
      ? await content.readAt(start, end - start)
      : await readBetween(content, start, end)
  } catch (cause) {
    throw new ReadFailure('cannot read a file of the image', { cause })
  }
}

/** Bytes before `start` are skipped. */
async function readBetween(content: FileContent, start: number, end: number): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let at = 0
  for await (const chunk of content.open()) {
    if (at + chunk.length > start) chunks.push(chunk.subarray(Math.max(0, start - at), end - at))
    at += chunk.length
    if (at >= end) break
  }
  return Buffer.concat(chunks)
}
