import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { extract, type Header } from 'tar-stream'
import { mergeLayers } from '../support/merge-layers.ts'

/** Times from here on are of the build itself and differ from run to run, seconds. */
const buildTimes = Date.UTC(2025, 0) / 1000

/** An entry of the flattened file system. */
interface FileFacts {
  /** Begins with `d` for directories, as `mergeLayers` wants it. */
  readonly line: string
  readonly path: string
  readonly type: string
  readonly target: string
}

/**
 * The flattened file system, one line for each path, sorted by path: type, mode, uid:gid, then for
 * files size and digest, for devices their number, for symbolic links the target; the time where
 * the source gave it; attributes; `= path` for a name of an earlier file.
 */
export async function describeFiles(layers: readonly Uint8Array[]): Promise<ReadonlyMap<string, string>> {
  const merged = mergeLayers(await Promise.all(layers.map(readLayer)))
  const lines = [...merged.values()].map((entry) => [entry.path, lineOf(entry, merged)] as const)
  return new Map(
    lines
      .map(([path, line]) => [path.replace(/\/$/, ''), line] as const)
      .toSorted(([one], [other]) => (one < other ? -1 : 1)),
  )
}

function lineOf(entry: FileFacts, all: ReadonlyMap<string, FileFacts>): string {
  if (entry.type !== 'link') return entry.line
  // The same file under a second name: which name carries the bytes is the archive's affair.
  const first = all.get(entry.target)
  return first === undefined ? entry.line : `${first.line} = ${first.path}`
}

async function readLayer(tar: Uint8Array): Promise<readonly FileFacts[]> {
  const entries: FileFacts[] = []
  for await (const entry of Readable.from([tar]).pipe(extract())) {
    entries.push(describeEntry(entry.header, await buffer(entry)))
  }
  return entries
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

function describeEntry(header: Header, content: Buffer): FileFacts {
  const { type, mode, uid, gid, linkname, pax } = header
  const path = header.name.replace(/^\.\//, '')
  const seconds = Math.floor(header.mtime.getTime() / 1000)
  const parts = [
    letters[type] ?? type,
    mode.toString(8).padStart(4, '0'),
    `${uid}:${gid}`,
    ...(type === 'file'
      ? [String(content.length), `sha256:${createHash('sha256').update(content).digest('hex')}`]
      : []),
    ...(type.endsWith('-device') ? [`${header.devmajor}:${header.devminor}`] : []),
    ...(seconds < buildTimes ? [`@${seconds}`] : []),
    ...attributesOf(pax),
    ...(type === 'symlink' ? [`-> ${linkname}`] : []),
  ]
  return { line: parts.join(' '), path, type, target: linkname?.replace(/^\.?\//, '') ?? '' }
}

function attributesOf(pax: Header['pax']): readonly string[] {
  const prefix = 'SCHILY.xattr.'
  return Object.entries(pax ?? {})
    .filter(([key]) => key.startsWith(prefix))
    .map(
      ([key, value]) => `${key.slice(prefix.length)}=${createHash('sha256').update(value).digest('hex').slice(0, 12)}`,
    )
    .toSorted()
}
