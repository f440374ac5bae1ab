import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { extract, type Header } from 'tar-stream'

/**
 * An entry of a tar, for comparing: `line` is its type, mode, owner and path (`f 644 0:0
 * etc/passwd`, links with their target).
 */
export interface ArchiveEntry {
  readonly line: string
  /** As in the tar; directories end in a slash. */
  readonly path: string
  readonly content: Buffer
  /** Seconds. */
  readonly mtime: number
  readonly target?: string
}

const letters: Readonly<Record<string, string>> = {
  file: 'f',
  directory: 'd',
  symlink: 'l',
  link: 'h',
  fifo: 'p',
  'character-device': 'c',
  'block-device': 'b',
}

/** Every entry of a tar, in its order. */
export async function readArchive(tar: Uint8Array): Promise<readonly ArchiveEntry[]> {
  const entries: ArchiveEntry[] = []
  for await (const entry of Readable.from([tar]).pipe(extract())) {
    const { header } = entry
    entries.push({
      line: lineOf(header),
      path: header.name,
      content: await buffer(entry),
      mtime: header.mtime.getTime() / 1000,
      ...(linkOf(header) !== undefined && { target: header.linkname }),
    })
  }
  return entries
}

function lineOf(header: Header): string {
  const target = linkOf(header)
  return `${letters[header.type] ?? '?'} ${header.mode.toString(8)} ${header.uid}:${header.gid} ${header.name}${target === undefined ? '' : ` -> ${target}`}`
}

function linkOf({ type, linkname }: Header): string | undefined {
  return type === 'link' || type === 'symlink' ? linkname : undefined
}
