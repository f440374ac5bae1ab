import { rm, writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { BuildResult } from '../options.ts'
import type { BuildFlags } from './build-flags.ts'

type FileFlags = Pick<BuildFlags, 'iidfile' | 'digestFile' | 'metadataFile'>

/** Removes an id of an earlier build, so that a failed one leaves none behind. */
export async function removeStaleFiles(flags: FileFlags, cwd: string): Promise<void> {
  for (const file of [flags.iidfile, flags.digestFile]) {
    if (file !== undefined) await rm(resolve(cwd, file), { force: true })
  }
}

/**
 * Writes `--iidfile` (kaniko's `--digest-file` is the same) and `--metadata-file`. The id of an image is the digest of its manifest or
 * index, without a newline.
 */
export async function writeResultFiles(flags: FileFlags, result: BuildResult, cwd: string): Promise<void> {
  for (const file of [flags.iidfile, flags.digestFile]) {
    if (file !== undefined && result.digest !== undefined) await writeFile(resolve(cwd, file), result.digest)
  }
  if (flags.metadataFile !== undefined) {
    await writeFile(resolve(cwd, flags.metadataFile), `${JSON.stringify(metadataOf(result), undefined, 2)}\n`)
  }
}

/** The keys that buildx writes. */
function metadataOf({ digest, configDigest, mediaType, size, names }: BuildResult): Readonly<Record<string, unknown>> {
  return {
    ...(configDigest === undefined ? {} : { 'containerimage.config.digest': configDigest }),
    ...(digest === undefined ? {} : { 'containerimage.descriptor': { mediaType, digest, size }, 'containerimage.digest': digest }),
    ...(names.length === 0 ? {} : { 'image.name': names.join(',') }),
  }
}
