import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runOrThrow } from './run-program.ts'

/**
 * A directory of its own in `parent`, by default the system's temporary directory, readable by
 * other users of the machine; removed with all its content at the end of the scope.
 */
export async function temporaryDirectory(
  parent: string = tmpdir(),
): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(parent, 'tsbuild-test-'))
  await chmod(path, 0o755)
  return { path, [Symbol.asyncDispose]: () => remove(path) }
}

/**
 * Files of an ordinary user's build may belong to subordinate ids: only a namespace that has them
 * can remove them.
 */
async function remove(path: string): Promise<void> {
  try {
    // Five seconds in all: mounts of processes that have just ended may still hold a directory.
    await rm(path, { recursive: true, force: true, maxRetries: 10 })
  } catch (error) {
    if (process.geteuid?.() === 0) throw error
    await runOrThrow('unshare', ['--user', '--map-root-user', '--map-auto', 'rm', '-rf', path])
  }
}
