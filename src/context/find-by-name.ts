import { join } from 'node:path'
import { listEntries } from './list-entries.ts'

/** Entries that a search looks at. */
const most = 5000
/** Directories that never contain files to copy by name. */
const skipped: ReadonlySet<string> = new Set(['.git', 'node_modules'])

/**
 * The only file or directory of this name below a directory, as a path from there; undefined for
 * none, several, or a directory too large.
 */
export function findByName(name: string, directory: string): string | undefined {
  const found: string[] = []
  const open = ['']
  let seen = 0
  for (const at of open) {
    for (const entry of listEntries(join(directory, at))) {
      const path = at === '' ? entry.name : `${at}/${entry.name}`
      if (entry.name === name) found.push(path)
      if (entry.isDirectory() && !skipped.has(entry.name)) open.push(path)
      if (++seen > most) return undefined
    }
  }
  return found.length === 1 ? found[0] : undefined
}
