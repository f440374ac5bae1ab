import { dirname } from 'node:path'
import { readSourceFiles, resolveSpecifier, type SourceFile } from '../test/support/source-files.ts'

/** Size of one folder of the product, folders in it left out. */
export interface FolderCount {
  readonly folder: string
  readonly files: number
  /** Files on the longest way of imports that stays in the folder. */
  readonly floors: number
  /** Imports from one file of the folder to another. */
  readonly arrows: number
}

/** Counts the files, floors and arrows of every folder. Imports must not be circular. */
export function countFolders(sources: readonly SourceFile[]): readonly FolderCount[] {
  const folders = Map.groupBy(sources, ({ path }) => dirname(path))
  return [...folders].sort(([a], [b]) => (a < b ? -1 : 1)).map(([folder, files]) => countFolder(folder, files))
}

function countFolder(folder: string, files: readonly SourceFile[]): FolderCount {
  const known = new Set(files.map(({ path }) => path))
  const below = new Map(
    files.map(({ path, specifiers }) => [path, resolveTargets(path, specifiers).filter((target) => known.has(target))]),
  )
  const floors = new Map<string, number>()
  const findFloor = (path: string): number => {
    const floor = floors.get(path) ?? 1 + Math.max(0, ...(below.get(path) ?? []).map(findFloor))
    floors.set(path, floor)
    return floor
  }
  const arrows = [...below.values()].reduce((sum, targets) => sum + targets.length, 0)
  return { folder, files: files.length, floors: Math.max(...files.map(({ path }) => findFloor(path))), arrows }
}

function resolveTargets(path: string, specifiers: readonly string[]): readonly string[] {
  return [...new Set(specifiers.flatMap((specifier) => resolveSpecifier(path, specifier) ?? []))]
}

/** One line for each folder of several files: files, floors, arrows, name. */
export function formatFolders(counts: readonly FolderCount[]): string {
  const lines = counts
    .filter(({ files }) => files > 1)
    .map(
      ({ folder, files, floors, arrows }) =>
        `${[files, floors, arrows].map((n) => String(n).padStart(6)).join(' ')}  ${folder}`,
    )
  return [' files floors arrows', ...lines].join('\n')
}

if (import.meta.main) console.log(formatFolders(countFolders(readSourceFiles())))
