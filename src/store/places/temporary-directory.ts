import { mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { temporaryPath } from '@tsbuild/content'
import type { LayerStore } from '../../layer/layer-store.ts'

/**
 * Makes a directory on the file system of the store, so that files move into the store by a hard
 * link. A store that can only be read gets one among the temporary files of the machine. The caller
 * removes it; one that a killed process leaves in the store is removed with the next build.
 */
export async function makeTemporaryDirectory({ refusal, paths }: LayerStore, purpose: string): Promise<string> {
  if (refusal !== undefined) return mkdtemp(join(tmpdir(), `tsbuild-${purpose}-`))
  const directory = temporaryPath(paths.temporary, purpose)
  await mkdir(directory, { recursive: true })
  return directory
}
