import { comparePaths, joinPath, type Path, resolveHardlink, type TreeView } from '@tsbuild/tree'
import { formatPurl } from '../purl.ts'
import { apk } from './apk.ts'
import type { Catalogue, ScanContext } from './catalogue.ts'
import { composer } from './composer.ts'
import { dpkg } from './dpkg.ts'
import { fileReader, ReadFailure, type ScannedFile } from './file-reader.ts'
import type { FoundPackage, ScanNote } from './found-package.ts'
import { gem } from './gem.ts'
import { java } from './java.ts'
import { npm } from './npm.ts'
import { npmLock } from './npm-lock.ts'
import { type OsRelease, parseOsRelease } from './os-release.ts'
import { program } from './program.ts'
import { python } from './python.ts'
import { rpm } from './rpm.ts'

/** Contents of a tree. */
export interface ScanResult {
  readonly release: OsRelease
  /** In no order that means anything. */
  readonly packages: readonly FoundPackage[]
  /** Unread records, in order of paths. */
  readonly notes: readonly ScanNote[]
}

export interface ScanOptions {
  /** `source`: nothing need be installed, so lock files count. Default: `installed`. */
  readonly kind?: 'installed' | 'source'
  readonly signal?: AbortSignal
}

const installed: readonly Catalogue[] = [dpkg, apk, rpm, npm, python, gem, composer, java, program]
const mostPackages = 40_000
const mostNotes = 100
const longestNote = 300
const longestPurl = 2048

/**
 * Finds the packages of a file system. Only reads through the view: nothing is unpacked and nothing
 * of it is run. What cannot be understood becomes a note and never an error; that the bytes of a
 * file cannot be had is one.
 */
export async function scanTree(view: TreeView, { kind = 'installed', signal }: ScanOptions = {}): Promise<ScanResult> {
  const files = fileReader(view)
  const notes: ScanNote[] = []
  const note = (path: Path, message: string): void => {
    if (notes.length < mostNotes) notes.push({ path, message: message.replace(/\p{C}+/gu, ' ').slice(0, longestNote) })
  }
  const context: ScanContext = { files, release: await readRelease(files), note }
  const catalogues = kind === 'source' ? [...installed, npmLock] : installed
  const packages: FoundPackage[] = []
  for (const file of filesOf(view)) {
    for (const catalogue of catalogues) {
      if (!catalogue.claims(file)) continue
      signal?.throwIfAborted()
      await readRecord(catalogue, file, { context, packages })
    }
  }
  return { release: context.release, packages, notes: notes.sort((a, b) => comparePaths(a.path, b.path)) }
}

async function readRecord(
  catalogue: Catalogue,
  file: ScannedFile,
  { context, packages }: { readonly context: ScanContext; readonly packages: FoundPackage[] },
): Promise<void> {
  try {
    for await (const found of catalogue.read(file, context)) {
      if (packages.length === mostPackages)
        return context.note(file.path, `only the first ${mostPackages} packages are listed`)
      if (formatPurl(found.purl).length <= longestPurl) packages.push(found)
      else context.note(file.path, 'a package with an invalid name is left out')
    }
  } catch (error) {
    if (error instanceof ReadFailure) throw error.cause
    context.note(file.path, `cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Every regular file, directory by directory; further names of a file, too. */
function* filesOf(view: TreeView): Generator<ScannedFile> {
  const waiting: Path[] = ['']
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    const below: Path[] = []
    for (const name of view.children(directory)) {
      const path = joinPath(directory, name)
      const entry = view.get(path)
      if (entry?.type === 'directory') below.push(path)
      else if (entry?.type === 'file') yield { path, entry }
      else if (entry?.type === 'hardlink') {
        const file = resolveHardlink(view, entry)
        if (file?.type === 'file') yield { path, entry: file, isLink: true }
      }
    }
    for (const path of below.reverse()) waiting.push(path)
  }
}

async function readRelease(files: ScanContext['files']): Promise<OsRelease> {
  const file = files.find('etc/os-release') ?? files.find('usr/lib/os-release')
  return parseOsRelease(file === undefined ? '' : (await files.head(file, 1 << 16)).toString('utf8'))
}
