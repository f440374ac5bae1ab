import { readFile } from 'node:fs/promises'
import type { Digest } from '@tsbuild/oci'
import type { StorePaths } from './store-paths.ts'

/** Encoded index of a layer; undefined when it is missing. */
export async function readIndex(paths: StorePaths, diffId: Digest): Promise<Uint8Array | undefined> {
  return readFile(paths.index(diffId)).catch(() => undefined)
}
