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
  const written = new Set<string>()
  for (const { target, folder } of placeTargets(context.targets, output.platformSplit)) {
    const directory = join(output.dest, folder)
    await mkdir(directory, { recursive: true })
    const diff = flatten(await snapshotView(target.snapshot))
    for (const [path, change] of diff) {
      context.signal.throwIfAborted()
      const place = join(directory, path)
      if (change.type !== 'set') continue
      if (written.has(place) && change.entry.type !== 'directory') {
        throw new ExportError('OUTPUT_CONFLICT', `cannot overwrite "${path}" from another platform`, { hint: 'use platform-split=true' })
      }
      await writeEntry(place, change.entry, directory)
      written.add(place)
    }
    await dateDirectories(directory, diff, context.epoch)
    if (output.mode === 'delete') await removeOthers(directory, diff)
  }
  return `files in ${output.dest}`
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

async function removeOthers(root: string, diff: Diff): Promise<void> {
  for (const name of await readdir(root, { recursive: true }))
    if (!diff.has(name)) await rm(join(root, name), { recursive: true, force: true })
}
