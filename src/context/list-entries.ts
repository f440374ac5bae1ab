import { type Dirent, readdirSync } from 'node:fs'

/**
 * Entries of a directory of the caller, sorted by name; empty when it cannot be read. For
 * suggestions, which may not fail.
 */
export function listEntries(directory: string): readonly Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  } catch {
    return []
  }
}
