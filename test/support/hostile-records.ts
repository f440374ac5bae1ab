import { randomBytes } from 'node:crypto'
import { type ContentTarget, oneChunk, type Tagger } from '@tsbuild/content'
import { type Descriptor, digestOf, mediaTypes } from '@tsbuild/oci'

const recordsType = 'application/vnd.tsbuild.cache.records.v1+json'

/** Records of a cache that a build must refuse. */
export interface HostileRecords {
  readonly what: string
  readonly mediaType: string
  readonly text: string
  readonly warning: RegExp
}

/** A digest that no content has. */
const anyDigest = (): string => `sha256:${randomBytes(32).toString('hex')}`

/** A document of records, empty but for `members`. */
function recordsDocument(members: object): string {
  return JSON.stringify({ version: 1, layers: [], snapshots: [], records: [], ...members })
}

/** Records that are too many, without sense, or of another format. */
export function hostileRecords(): readonly HostileRecords[] {
  const many = Array.from({ length: 100_000 }, () => ({ key: anyDigest(), snapshot: -1 }))
  const own = { mediaType: recordsType }
  return [
    {
      ...own,
      what: '100,000 records',
      text: recordsDocument({ records: many }),
      warning: /100000 records, at most 20000/,
    },
    {
      ...own,
      what: 'snapshots without sense',
      text: recordsDocument({ snapshots: [[0, 0]] }),
      warning: /index is out of range/,
    },
    {
      ...own,
      what: 'a path as digest',
      text: recordsDocument({ layers: [{ id: 'sha256:../../etc', diffId: anyDigest() }] }),
      warning: /digest is damaged/,
    },
    { ...own, what: 'a later version', text: recordsDocument({ version: 2 }), warning: /version is 2/ },
    { ...own, what: 'no JSON', text: '[]'.repeat(3), warning: /JSON/ },
    {
      what: 'a cache of BuildKit',
      mediaType: 'application/vnd.buildkit.cacheconfig.v0',
      text: '{}',
      warning: /written by BuildKit/,
    },
    {
      what: 'a cache of another builder',
      mediaType: 'application/vnd.example+json',
      text: '{}',
      warning: /not a cache of tsbuild/,
    },
  ]
}

/** Writes a cache with these records and no layers under a name. */
export async function putRecords(
  to: ContentTarget & Tagger,
  name: string,
  { mediaType, text }: Pick<HostileRecords, 'mediaType' | 'text'>,
): Promise<void> {
  const put = async (type: string, bytes: Uint8Array): Promise<Descriptor> => {
    const descriptor = { mediaType: type, digest: digestOf(bytes), size: bytes.length }
    await to.put(descriptor, oneChunk(bytes))
    return descriptor
  }
  const config = await put(mediaType, Buffer.from(text))
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [] }
  await to.tag(await put(mediaTypes.ociManifest, Buffer.from(JSON.stringify(manifest))), name)
}
