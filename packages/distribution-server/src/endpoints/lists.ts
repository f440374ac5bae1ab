import { createReadStream } from 'node:fs'
import { readAll } from '@tsbuild/content'
import { type Digest, limits, mediaTypes } from '@tsbuild/oci'
import { readManifest } from '../manifest/read-manifest.ts'
import { type Answer, jsonAnswer } from '../wire/answer.ts'
import type { RegistryRequest } from '../wire/request.ts'
import type { RegistryReader } from '../storage/storage.ts'
import { WireError } from '../wire/wire-error.ts'

/** Most entries of one answer; a `Link` leads to the next ones. */
const mostEntries = 10_000
/** Most manifests that one answer about referrers reads, and most bytes of them. */
const mostReferrers = 1000
const mostReferrerBytes = 64 << 20

/** `GET` of the tags of a repository (distribution-spec end-8). */
export async function listTags(repository: string, request: RegistryRequest, storage: RegistryReader): Promise<Answer> {
  const tags = await storage.listTags(repository)
  if (tags === undefined) throw new WireError('NAME_UNKNOWN', `no repository "${repository}"`)
  const { entries, link } = page(tags, request, `/v2/${repository}/tags/list`)
  return jsonAnswer({ name: repository, tags: entries }, link)
}

/** `GET` of the names of all repositories: `_catalog` of Docker's registry. */
export async function listCatalog(request: RegistryRequest, storage: RegistryReader): Promise<Answer> {
  const { entries, link } = page(await storage.listRepositories(), request, '/v2/_catalog')
  return jsonAnswer({ repositories: entries }, link)
}

/**
 * `GET` of the manifests that refer to another one (end-12), which need not exist. An answer has at
 * most the size of a manifest; a `Link` leads to the next ones.
 */
export async function listReferrers(
  { repository, digest }: { readonly repository: string; readonly digest: Digest },
  request: RegistryRequest,
  storage: RegistryReader,
): Promise<Answer> {
  const filter = request.query.get('artifactType')
  const last = request.query.get('last') ?? ''
  const rest = (await storage.listReferrers(repository, digest)).filter((each) => each > last)
  const manifests: string[] = []
  let size = 1000
  let read = 0
  let next: string | undefined
  for (const [index, referrer] of rest.entries()) {
    const entry = await describeReferrer(repository, referrer, storage)
    const text = JSON.stringify(entry)
    // The first entry always fits: each answer leads further.
    if (manifests.length > 0 && size + text.length > limits.document) break
    next = referrer
    if (entry !== undefined && (filter === null || entry.artifactType === filter)) {
      manifests.push(text)
      size += text.length + 1
    }
    read += entry?.size ?? 0
    if (index + 1 === mostReferrers || read > mostReferrerBytes) break
  }
  const isLast = next === undefined || next === rest.at(-1)
  const query = new URLSearchParams({ last: next ?? '', ...(filter !== null && { artifactType: filter }) })
  return {
    status: 200,
    headers: {
      'content-type': mediaTypes.ociIndex,
      ...(filter !== null && { 'oci-filters-applied': 'artifactType' }),
      ...(!isLast && { link: `</v2/${repository}/referrers/${digest}?${query.toString()}>; rel="next"` }),
    },
    body: `{"schemaVersion":2,"mediaType":"${mediaTypes.ociIndex}","manifests":[${manifests.join(',')}]}\n`,
  }
}

interface ReferrerEntry {
  readonly mediaType: string
  readonly digest: Digest
  readonly size: number
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
}

async function describeReferrer(
  repository: string,
  referrer: Digest,
  storage: RegistryReader,
): Promise<ReferrerEntry | undefined> {
  const stored = await storage.findManifest(repository, referrer)
  if (stored === undefined) return undefined
  const { mediaType, digest, size, path } = stored
  const { artifactType, annotations } = readManifest(await readAll(createReadStream(path), limits.document), mediaType)
  return { mediaType, digest, size, ...(artifactType && { artifactType }), ...(annotations && { annotations }) }
}

/** The names behind `last`, at most `n`, and the header that leads to the next ones. */
function page(
  names: readonly string[],
  { query }: RegistryRequest,
  path: string,
): { readonly entries: readonly string[]; readonly link: Readonly<Record<string, string>> } {
  const count = readCount(query.get('n'))
  const last = query.get('last')
  const rest = last === null ? names : names.filter((name) => name > last)
  const entries = rest.slice(0, count)
  const end = entries.at(-1)
  if (end === undefined || entries.length === rest.length) return { entries, link: {} }
  const next = new URLSearchParams({ n: String(count), last: end })
  return { entries, link: { link: `<${path}?${next.toString()}>; rel="next"` } }
}

function readCount(text: string | null): number {
  if (text === null) return mostEntries
  if (!/^\d{1,9}$/.test(text)) throw new WireError('UNSUPPORTED', 'n is not a number', { status: 400 })
  return Math.min(Number(text), mostEntries)
}
