import { statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { oneChunk } from '@tsbuild/content'
import { type Digest, parseReference, type Reference, withDefaultTag } from '@tsbuild/oci'
import { removeStale, writeNamedFile } from '../../export/write-named-file.ts'
import type { BuildResult } from '../../build-result.ts'
import { listTags } from '../flags/build-options.ts'
import type { BuildFlags } from '../flags/build-flags.ts'
import { imageId } from './image-id.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { buildMetadata } from '../flags/metadata.ts'
import type { OutputRequest } from '../values/specs/parse-output.ts'
import { UsageError } from '../invocation/usage-error.ts'

/**
 * Removes ids of an earlier build, so that a failed one leaves none behind; devices, FIFOs and
 * links stay. Throws `UsageError` where no file can be written later.
 */
export async function removeStaleFiles(flags: BuildFlags, cwd: string): Promise<void> {
  const files = Object.keys(idFiles(flags, undefined))
  for (const file of [...files, ...(flags.metadataFile === undefined ? [] : [flags.metadataFile])]) {
    if (statSync(dirname(resolve(cwd, file)), { throwIfNoEntry: false })?.isDirectory()) continue
    throw new UsageError(`cannot write "${file}": its directory does not exist`)
  }
  for (const file of files) await removeStale(resolve(cwd, file))
}

/**
 * Writes the files about a build: ids in buildx's, buildah's and kaniko's forms for an image, and
 * `--metadata-file`.
 */
export async function writeResultFiles(
  flags: BuildFlags,
  { result, requests }: { readonly result: BuildResult; readonly requests: readonly OutputRequest[] },
  { cwd, env, signal }: Pick<Invocation, 'cwd' | 'env' | 'signal'>,
): Promise<void> {
  const { digest } = result
  const id = imageId(result, requests)
  const ids = digest === undefined || id === undefined ? {} : idFiles(flags, { digest, id })
  const write = (file: string, text: string): Promise<void> =>
    writeNamedFile(resolve(cwd, file), oneChunk(Buffer.from(text)), signal)
  for (const [file, text] of Object.entries(ids)) await write(file, text)
  if (flags.metadataFile !== undefined)
    await write(flags.metadataFile, `${JSON.stringify(buildMetadata(result, env), undefined, 2)}\n`)
}

/** Every file that an id goes to, with what is in it. */
function idFiles(
  flags: BuildFlags,
  image: { readonly digest: Digest; readonly id: Digest } | undefined,
): Readonly<Record<string, string>> {
  const { digest = '', id = '' } = image ?? {}
  const lines = (name: (reference: Reference) => string): string =>
    listTags(flags)
      .map((tag) => `${name(withDefaultTag(parseReference(tag)))}@${digest}\n`)
      .join('')
  const files: readonly (readonly [string | undefined, string])[] = [
    [flags.iidfile, id],
    [flags.iidfileRaw, id.replace(/^sha256:/, '')],
    [flags.digestFile, digest],
    [flags.imageNameWithDigestFile, lines(({ registry, repository }) => `${registry}/${repository}`)],
    [
      flags.imageNameTagWithDigestFile,
      lines(({ registry, repository, tag = 'latest' }) => `${registry}/${repository}:${tag}`),
    ],
  ]
  return Object.fromEntries(files.flatMap(([file, text]) => (file === undefined ? [] : [[file, text]])))
}
