import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Requirement } from './requirement.ts'
import { digestOf, imageType, indexType, type SpecAnswer, type SpecClient } from './spec-client.ts'

const listing = 'Listing Tags'
const referring = 'Listing Referrers'
const noReferrers = 'has no referrers API'
const noOrder = 'lists all tags, in no order'
/** Enough that no order is the right one by chance. */
const tags = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']

/** Requirements of the category Content Discovery. */
export const discoveryRequirements: readonly Requirement[] = [
  {
    section: listing,
    title: 'all tags, in order',
    notInDebian: noOrder,
    check: async (client) => {
      await pushTags(client, ...tags.toReversed(), 'A')
      const { status, headers, body } = await client.send('GET', 'tags/list')
      assert.equal(status, 200)
      assert.match(headers.get('content-type') ?? '', /^application\/json/)
      assert.deepEqual(JSON.parse(body.toString()), { name: client.repository, tags: ['A', ...tags] })
    },
  },
  ...[
    ['?n=2', ['a', 'b']],
    ['?n=2&last=a', ['b', 'c']],
    ['?last=f', ['g', 'h']],
    ['?n=10', tags],
    ['?n=2&last=zzz', []],
  ].map(
    ([query, expected]): Requirement => ({
      section: listing,
      title: `tags/list${String(query)}`,
      notInDebian: noOrder,
      check: async (client) => {
        await pushTags(client, ...tags)
        assert.deepEqual(tagsIn(await client.send('GET', `tags/list${String(query)}`)), expected)
      },
    }),
  ),
  {
    section: listing,
    title: 'n=0 is an empty list without a Link',
    notInDebian: noOrder,
    check: async (client) => {
      await pushTags(client, 'a')
      const answer = await client.send('GET', 'tags/list?n=0')
      assert.equal(answer.status, 200)
      assert.deepEqual(tagsIn(answer), [])
      assert.equal(answer.headers.get('link'), null)
    },
  },
  {
    section: listing,
    title: 'a Link leads to the next tags, until all are listed',
    notInDebian: noOrder,
    check: async (client) => {
      await pushTags(client, ...tags)
      const found: string[] = []
      let next: string | undefined = 'tags/list?n=2'
      for (let pages = 0; next !== undefined; pages++) {
        assert.ok(pages < 4)
        const answer = await client.send('GET', next)
        found.push(...tagsIn(answer))
        next = linkIn(answer)
      }
      assert.deepEqual(found, tags)
    },
  },
  {
    section: referring,
    title: 'no referrers are an empty index, also in an unknown repository',
    notInDebian: noReferrers,
    check: async (client) => {
      const { status, headers, body } = await client.send('GET', `referrers/${digestOf(randomBytes(9))}`)
      assert.deepEqual([status, headers.get('content-type')], [200, indexType])
      assert.deepEqual(JSON.parse(body.toString()), { schemaVersion: 2, mediaType: indexType, manifests: [] })
    },
  },
  {
    section: referring,
    title: 'a malformed digest is 400',
    notInDebian: noReferrers,
    check: async (client) => assert.equal((await client.send('GET', 'referrers/sha256:00')).status, 400),
  },
  {
    section: referring,
    title: 'descriptors have type, size, artifactType and annotations',
    notInDebian: noReferrers,
    check: async (client) => {
      const subject = await pushSubject(client)
      const annotations = { 'x.note': 'one' }
      const typed = await client.pushImage(undefined, { subject, artifactType: 'application/x.sbom', annotations })
      const plain = await client.pushImage(undefined, { subject })
      const found = manifestsIn(await client.send('GET', `referrers/${subject.digest}`))
      const expected = [
        {
          mediaType: imageType,
          digest: typed.digest,
          size: typed.bytes.length,
          artifactType: 'application/x.sbom',
          annotations,
        },
        {
          mediaType: imageType,
          digest: plain.digest,
          size: plain.bytes.length,
          artifactType: 'application/vnd.oci.image.config.v1+json',
        },
      ]
      const byDigest = (a: { digest: string }, b: { digest: string }): number => (a.digest < b.digest ? -1 : 1)
      assert.deepEqual([...found].sort(byDigest), expected.sort(byDigest))
    },
  },
  {
    section: referring,
    title: 'an index refers too, and has no artifactType of its own making',
    notInDebian: noReferrers,
    check: async (client) => {
      const subject = await pushSubject(client)
      const index = { schemaVersion: 2, mediaType: indexType, manifests: [], subject }
      const { answer, digest, bytes } = await client.pushManifest(index, undefined, indexType)
      assert.equal(answer.status, 201)
      const found = manifestsIn(await client.send('GET', `referrers/${subject.digest}`))
      assert.deepEqual(found, [{ mediaType: indexType, digest, size: bytes.length }])
    },
  },
  {
    section: referring,
    title: 'a filter by artifactType is applied, and named',
    notInDebian: noReferrers,
    check: async (client) => {
      const subject = await pushSubject(client)
      const wanted = await client.pushImage(undefined, { subject, artifactType: 'application/x.a' })
      await client.pushImage(undefined, { subject, artifactType: 'application/x.b' })
      const answer = await client.send('GET', `referrers/${subject.digest}?artifactType=application/x.a`)
      assert.equal(answer.headers.get('oci-filters-applied'), 'artifactType')
      assert.deepEqual(
        manifestsIn(answer).map(({ digest }) => digest),
        [wanted.digest],
      )
    },
  },
  {
    section: referring,
    title: 'a list that is larger than a manifest comes in pages with a Link',
    notInDebian: noReferrers,
    check: async (client) => {
      const subject = await pushSubject(client)
      const annotations = { large: 'a'.repeat(1_500_000) }
      const pushed: string[] = []
      for (let count = 0; count < 4; count++)
        pushed.push((await client.pushImage(undefined, { subject, annotations })).digest)
      const found: string[] = []
      let next: string | undefined = `referrers/${subject.digest}`
      let pages = 0
      for (; next !== undefined; pages++) {
        const answer = await client.send('GET', next)
        assert.ok(answer.body.length <= 4 * 1024 * 1024)
        found.push(...manifestsIn(answer).map(({ digest }) => digest))
        next = linkIn(answer)
      }
      assert.ok(pages > 1)
      assert.deepEqual(found.sort(), pushed.sort())
    },
  },
]

async function pushTags(client: SpecClient, ...tags: readonly string[]): Promise<void> {
  const { bytes } = await client.pushImage()
  for (const tag of tags) assert.equal((await client.pushManifest(bytes.toString(), tag)).answer.status, 201)
}

async function pushSubject(client: SpecClient): Promise<{ mediaType: string; digest: string; size: number }> {
  const { digest, bytes } = await client.pushImage()
  return { mediaType: imageType, digest, size: bytes.length }
}

function tagsIn({ body }: SpecAnswer): readonly string[] {
  const list: { readonly tags: readonly string[] | null } = JSON.parse(body.toString())
  // Go writes an empty list as null.
  return list.tags ?? []
}

function manifestsIn({ body }: SpecAnswer): readonly { readonly digest: string }[] {
  const { manifests }: { readonly manifests: readonly { readonly digest: string }[] } = JSON.parse(body.toString())
  return manifests
}

function linkIn({ headers }: SpecAnswer): string | undefined {
  return /^<([^>]+)>; ?rel="next"$/.exec(headers.get('link') ?? '')?.[1]
}
