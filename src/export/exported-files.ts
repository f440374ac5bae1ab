import { type Change, type Diff, type Path } from '@tsbuild/tree'
import { formatPlatform } from '@tsbuild/oci'
import { snapshotView } from '../layer/snapshot-view.ts'
import type { attestationFiles } from './attestation-files.ts'
import { ExportError } from './export-error.ts'
import type { ExportContext } from './exporter.ts'
import type { FileOutputOptions } from './output.ts'
import { flatten } from './flatten.ts'
import { placeTargets } from './platform-folder.ts'

/**
 * Files of a local or tar output, with their attestations: those of the only platform, or of each
 * in a folder of its own, or of all in one place where `split` is false. In the last case a path of
 * two platforms, unless it is a directory in both, is an `ExportError` `OUTPUT_CONFLICT`.
 */
export async function exportedFiles(
  { targets, epoch, statements }: ExportContext,
  { platformSplit, attestationPrefix = '' }: FileOutputOptions,
): Promise<Diff> {
  const files = new Map<Path, Change>()
  const origins = new Map<Path, string>()
  for (const { target, folder } of placeTargets(targets, platformSplit)) {
    const platform = formatPlatform(target.lowered.platform)
    const result = flatten(await snapshotView(target.snapshot))
    const suffix = targets.length > 1 && folder === '' ? `.${platform.replaceAll('/', '_')}` : ''
    const attested = statements
      ? await attest(result, await statements(target), { prefix: attestationPrefix, suffix })
      : []
    for (const [path, change] of below(folder, new Map([...result, ...attested]), epoch)) {
      const origin = origins.get(path)
      if (origin !== undefined && !(isDirectory(files.get(path)) && isDirectory(change)))
        throw conflict(path, origin, platform)
      files.set(path, change)
      origins.set(path, platform)
    }
  }
  return epoch === undefined ? files : dated(files, epoch)
}

/** All files with one date, as in BuildKit, in place of their own. */
function dated(files: Diff, mtime: number): Diff {
  return new Map(
    [...files].map(([path, change]): [Path, Change] => [
      path,
      change.type === 'set' ? { ...change, entry: { ...change.entry, mtime } } : change,
    ]),
  )
}

/** Most results have nothing said about them: what it takes is loaded by those that do. */
const attest: typeof attestationFiles = async (...request) =>
  (await import('./attestation-files.ts')).attestationFiles(...request)

function conflict(path: Path, origin: string, platform: string): ExportError {
  return new ExportError(
    'OUTPUT_CONFLICT',
    `cannot overwrite ${path} from ${origin} with ${platform} when split option is disabled`,
    {
      hint: 'use platform-split=true',
    },
  )
}

function isDirectory(change: Change | undefined): boolean {
  return change?.type === 'set' && change.entry.type === 'directory'
}

/** A diff in a folder, which has no time of its own. */
function below(folder: string, diff: Diff, epoch = 0): Diff {
  if (folder === '') return diff
  const root: Change = { type: 'set', entry: { type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: epoch } }
  return new Map([
    [folder, root],
    ...[...diff].map(([path, change]): [Path, Change] => [`${folder}/${path}`, relink(folder, change)]),
  ])
}

function relink(folder: string, change: Change): Change {
  if (change.type !== 'set' || change.entry.type !== 'hardlink') return change
  return { ...change, entry: { ...change.entry, target: `${folder}/${change.entry.target}` } }
}
