import { chmod, lstat, readdir, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { hasErrno, makeDirectories } from '@tsbuild/content'
import { type Diff, joinPath, materialize, packDiff, type Path } from '@tsbuild/tree'
import { exportedFiles } from './exported-files.ts'
import type { ExportContext } from './exporter.ts'
import type { SettledOutput } from './output.ts'

/**
 * Files of the result in a directory, owned by the caller, setuid bits and capabilities kept where
 * the kernel allows it. Existing files stay unless they have the same name (`mode=copy`) or are
 * removed (`mode=delete`). Nothing in it is written through a symlink; devices are left out where
 * we may not make them.
 */
export async function exportLocal(
  output: Extract<SettledOutput, { kind: 'local' }>,
  context: ExportContext,
): Promise<string> {
  const files = await exportedFiles(context, output)
  await makeDirectories(output.dest)
  const dest = await realpath(output.dest)
  if (output.mode === 'delete') await removeOthers(dest, '', files)
  const tar = packDiff(files, () => {})
  const unpacked = materialize(tar, dest, { overlay: 'none', chown: false, signal: context.signal })
  const { refusedDevices } = await unpacked.catch((error: unknown) => {
    // A full disk concerns the destination, not the file that came last.
    const cause = error instanceof Error ? error.cause : undefined
    throw hasErrno(cause, 'ENOSPC', 'EDQUOT') ? cause : error
  })
  for (const path of refusedDevices) await rm(join(dest, path))
  return `files in ${output.dest}`
}

/**
 * Removes what will not be written. A symlink is removed or kept, never entered: what it leads to
 * is not the output's.
 */
async function removeOthers(dest: string, directory: Path, files: Diff): Promise<void> {
  const { mode } = await lstat(join(dest, directory))
  // Directories of an earlier result may be closed to us. Those that stay get their mode when they
  // are written.
  if (directory !== '' && (mode & 0o700) !== 0o700) await chmod(join(dest, directory), 0o700)
  for (const entry of await readdir(join(dest, directory), { withFileTypes: true })) {
    const path = joinPath(directory, entry.name)
    if (entry.isDirectory()) await removeOthers(dest, path, files)
    if (!files.has(path)) await rm(join(dest, path), { recursive: true })
  }
}
