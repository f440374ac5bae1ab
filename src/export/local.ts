import { createWriteStream } from 'node:fs'
import { chmod, link, lstat, lutimes, mkdir, readdir, rm, symlink, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Change, Diff, Entry, Path } from '@tsbuild/tree'
import { snapshotView } from '../layer/snapshot-view.ts'
import { ExportError } from './export-error.ts'
import type { ExportContext } from './exporter.ts'
import { flatten } from './flatten.ts'
import type { Output } from './output.ts'
import { placeTargets } from './platform-folder.ts'

/**
 * The files of the result in a directory, owned by the caller. What is there already stays unless it has the same name
 * (`mode=copy`) or goes (`mode=delete`). Nothing is written through a symlink; devices are left out.
 */
export async function exportLocal(output: Extract<Output, { kind: 'local' }>, context: ExportContext): Promise<string> {
  const written = new Map<string, Entry['type']>()
  const directories = new Set<string>()
  for (const { target, folder } of placeTargets(context.targets, output.platformSplit)) {
    const directory = await makeFolder(output.dest, folder)
    directories.add(directory)
    const diff = flatten(await snapshotView(target.snapshot))
    for (const [path, entry] of linksLast(diff)) {
      context.signal.throwIfAborted()
      const place = join(directory, path)
      const before = written.get(place)
      if (before !== undefined && !(before === 'directory' && entry.type === 'directory')) {
        throw new ExportError('OUTPUT_CONFLICT', `cannot overwrite "${path}" from another platform`, { hint: 'use platform-split=true' })
      }
      await writeEntry(place, entry, directory)
      written.set(place, entry.type)
    }
    await dateDirectories(directory, diff, context.epoch)
  }
  if (output.mode === 'delete') for (const directory of directories) await removeOthers(directory, written)
  return `files in ${output.dest}`
}

/** The folder of a platform, made new where a symlink or a file has its name. */
async function makeFolder(dest: string, folder: string): Promise<string> {
  const directory = join(dest, folder)
  const present = folder === '' ? undefined : await lstat(directory).catch(() => undefined)
  if (present && !present.isDirectory()) await rm(directory)
  await mkdir(directory, { recursive: true })
  return directory
}

/** What is to be written, hard links after everything else: what one leads to can have a later name. Each leads to the file itself. */
function linksLast(diff: Diff): readonly (readonly [Path, Entry])[] {
  const entries = [...diff].flatMap(([path, change]): [Path, Entry][] => (change.type === 'set' ? [[path, change.entry]] : []))
  const links = entries.flatMap(([path, entry]): [Path, Entry][] =>
    entry.type === 'hardlink' ? [[path, { ...entry, target: ownerOf(diff, entry.target) }]] : [],
  )
  return [...entries.filter(([, { type }]) => type !== 'hardlink'), ...links]
}

function ownerOf(diff: Diff, path: Path): Path {
  let owner = path
  for (let hops = 0; hops < 8; hops += 1) {
    const change = diff.get(owner)
    if (change?.type !== 'set' || change.entry.type !== 'hardlink') break
    owner = change.entry.target
  }
  return owner
}

async function writeEntry(place: string, entry: Entry, root: string): Promise<void> {
  const present = await lstat(place).catch(() => undefined)
  if (entry.type === 'directory') {
    if (present && !present.isDirectory()) await rm(place)
    if (!present?.isDirectory()) await mkdir(place)
    await chmod(place, entry.mode | 0o700)
    return
  }
  if (entry.type === 'device' || entry.type === 'fifo') return
  if (present) await rm(place, { recursive: true })
  if (entry.type === 'symlink') {
    await symlink(entry.target, place)
    await lutimes(place, entry.mtime, entry.mtime)
  } else if (entry.type === 'hardlink') {
    await link(join(root, entry.target), place)
  } else {
    await pipeline(entry.content.open(), createWriteStream(place, { mode: 0o600, flags: 'wx' }))
    await chmod(place, entry.mode)
    await utimes(place, entry.mtime, entry.mtime)
  }
}

/** Directories get their modes and times last, children first, because filling them changes both. */
async function dateDirectories(root: string, diff: Diff, epoch: number | undefined): Promise<void> {
  const directories = [...diff].filter(([, change]) => change.type === 'set' && change.entry.type === 'directory')
  for (const [path, change] of directories.sort(deepestFirst)) {
    if (change.type !== 'set') continue
    const time = Math.min(change.entry.mtime, epoch ?? Infinity)
    await chmod(join(root, path), change.entry.mode)
    await utimes(join(root, path), time, time)
  }
}

function deepestFirst([a]: readonly [Path, Change], [b]: readonly [Path, Change]): number {
  return b.split('/').length - a.split('/').length
}

/** Removes what was not written. A symlink is removed or kept, never entered: what it leads to is not the output's. */
async function removeOthers(directory: string, written: ReadonlyMap<string, Entry['type']>): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const place = join(directory, entry.name)
    if (!written.has(place)) await rm(place, { recursive: true, force: true })
    else if (entry.isDirectory()) await removeOthers(place, written)
  }
}
