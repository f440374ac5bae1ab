import { algorithmOf, type Digest, digestOf, limits } from '@tsbuild/oci'
import { asDigest } from '../names/as-digest.ts'
import { isTag } from '../names/grammar.ts'
import { readManifest } from '../manifest/read-manifest.ts'
import type { Answer } from '../wire/answer.ts'
import type { RegistryRequest } from '../wire/request.ts'
import type { RegistryReader, RegistryStorage } from '../storage/storage.ts'
import { WireError } from '../wire/wire-error.ts'
import { fileAnswer } from './blob.ts'
import { repositoryUnknown } from './unknown.ts'

/** Most tags of one push by digest. */
const mostTags = 100

/** A manifest of a repository, by tag or digest. */
export interface ManifestName {
  readonly repository: string
  readonly reference: string
}

/** `GET` and `HEAD` of a manifest (distribution-spec end-3), with the media type of its push. */
export async function readManifestOf(
  { repository, reference }: ManifestName,
  request: RegistryRequest,
  storage: RegistryReader,
): Promise<Answer> {
  const manifest = await storage.findManifest(repository, reference)
  if (manifest === undefined) throw await manifestUnknown({ repository, reference }, storage)
  return fileAnswer(manifest, request, { 'content-type': manifest.mediaType })
}

/** `PUT` of a manifest (end-7): by tag, or by digest with any number of `tag` parameters. */
export async function writeManifest(
  { repository, reference }: ManifestName,
  request: RegistryRequest,
  storage: RegistryStorage,
): Promise<Answer> {
  const expected = asDigest(reference)
  const tags = readTags(request, expected === undefined ? [reference] : [])
  const bytes = await readDocument(request)
  const digest = digestOf(bytes, expected && algorithmOf(expected))
  if (expected !== undefined && digest !== expected)
    throw new WireError('DIGEST_INVALID', `the ${bytes.length} bytes of the manifest have the digest ${digest}`)
  const { mediaType, references, subject } = readManifest(bytes, request.header('content-type'))
  await storage.putManifest(repository, {
    digest,
    bytes,
    mediaType,
    subject,
    references: references.map((each) => each.digest),
    tags,
  })
  return {
    status: 201,
    headers: pushedHeaders(repository, { digest, subject, tags: expected === undefined ? [] : tags }),
  }
}

/** `DELETE` of a tag, or of a manifest with all its tags (end-9). */
export async function deleteManifestOf(
  { repository, reference }: ManifestName,
  storage: RegistryStorage,
): Promise<Answer> {
  const digest = asDigest(reference)
  const existed =
    digest === undefined
      ? await storage.deleteTag(repository, reference)
      : await storage.deleteManifest(repository, digest)
  if (!existed) throw await manifestUnknown({ repository, reference }, storage)
  return { status: 202 }
}

function pushedHeaders(
  repository: string,
  pushed: {
    readonly digest: Digest
    readonly subject: Digest | undefined
    readonly tags: readonly string[]
  },
): NonNullable<Answer['headers']> {
  const { digest, subject, tags } = pushed
  return {
    location: `/v2/${repository}/manifests/${digest}`,
    'docker-content-digest': digest,
    ...(subject !== undefined && { 'oci-subject': subject }),
    ...(tags.length > 0 && { 'oci-tag': tags.join(', ') }),
  }
}

function readTags({ query }: RegistryRequest, own: readonly string[]): readonly string[] {
  const tags = [...new Set([...own, ...query.getAll('tag')])]
  if (tags.length > mostTags) throw new WireError('MANIFEST_INVALID', `more than ${mostTags} tags`, { status: 414 })
  for (const tag of tags) if (!isTag(tag)) throw new WireError('MANIFEST_INVALID', 'invalid tag')
  return tags
}

async function readDocument(request: RegistryRequest): Promise<Uint8Array> {
  const tooLarge = (): WireError =>
    new WireError('SIZE_INVALID', `a manifest has at most ${limits.document} bytes`, { status: 413 })
  if ((request.contentLength ?? 0) > limits.document) throw tooLarge()
  // One buffer that grows: a list of chunks of one byte would take a hundred times the room.
  let bytes = Buffer.alloc(Math.max(request.contentLength ?? 0, 64 * 1024))
  let size = 0
  for await (const chunk of request.body()) {
    if (size + chunk.length > limits.document) throw tooLarge()
    if (size + chunk.length > bytes.length)
      bytes = Buffer.concat([bytes], Math.max(bytes.length * 2, size + chunk.length))
    bytes.set(chunk, size)
    size += chunk.length
  }
  return bytes.subarray(0, size)
}

async function manifestUnknown({ repository, reference }: ManifestName, storage: RegistryReader): Promise<WireError> {
  await repositoryUnknown(repository, storage)
  return new WireError('MANIFEST_UNKNOWN', `no manifest "${reference}" in "${repository}"`)
}
