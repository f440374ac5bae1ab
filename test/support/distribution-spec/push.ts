import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Requirement } from './requirement.ts'
import { digestOf, errorCodes, octets, type SpecClient, withDigest } from './spec-client.ts'

const monolithic = 'Pushing a blob monolithically'
const chunked = 'Pushing a blob in chunks'
const mounting = 'Mounting a blob from another repository'
const wrong = digestOf(Buffer.from('other'))

/** Requirements of the category Push, for blobs. */
export const blobPushRequirements: readonly Requirement[] = [
  ...(['sha256', 'sha512'] as const).map(
    (algorithm): Requirement => ({
      section: monolithic,
      title: `POST then PUT with ${algorithm}`,
      check: async (client) => {
        const bytes = randomBytes(1000)
        const digest = digestOf(bytes, algorithm)
        const location = await client.begin(algorithm === 'sha256' ? '' : `?digest-algorithm=${algorithm}`)
        const put = await client.send('PUT', withDigest(location, digest), { headers: octets, body: bytes })
        assert.equal(put.status, 201)
        assert.deepEqual((await client.send('GET', client.location(put.headers))).body, bytes)
      },
    }),
  ),
  ...(['sha256', 'sha512'] as const).map(
    (algorithm): Requirement => ({
      section: monolithic,
      title: `a single POST with ${algorithm}`,
      notInDebian: 'answers 202, which the specification allows',
      check: async (client) => {
        const bytes = randomBytes(1000)
        const path = `blobs/uploads/?digest=${digestOf(bytes, algorithm)}`
        const post = await client.send('POST', path, { headers: octets, body: bytes })
        assert.equal(post.status, 201)
        assert.deepEqual((await client.send('GET', client.location(post.headers))).body, bytes)
      },
    }),
  ),
  {
    section: 'Pushing blobs',
    title: 'a wrong digest is 400 DIGEST_INVALID, and no blob',
    check: async (client) => {
      const put = await client.send('PUT', withDigest(await client.begin(), wrong), {
        headers: octets,
        body: randomBytes(9),
      })
      assert.equal(put.status, 400)
      assert.deepEqual(errorCodes(put), ['DIGEST_INVALID'])
      assert.equal((await client.send('GET', `blobs/${wrong}`)).status, 404)
    },
  },
  ...['sha256:00', 'md5:d41d8cd98f00b204e9800998ecf8427e', `sha256:${'A'.repeat(64)}`, ''].map(
    (digest): Requirement => ({
      section: 'Pushing blobs',
      title: `the digest "${digest.slice(0, 12)}" is 400`,
      check: async (client) => {
        const put = await client.send('PUT', withDigest(await client.begin(), digest), {
          headers: octets,
          body: randomBytes(9),
        })
        assert.equal(put.status, 400)
        assert.deepEqual(errorCodes(put), ['DIGEST_INVALID'])
      },
    }),
  ),
  ...(['PATCH', 'PUT'] as const).map(
    (last): Requirement => ({
      section: chunked,
      title: `chunks in order, the last one in a ${last}`,
      check: (client) => pushChunks(client, last),
    }),
  ),
  {
    section: chunked,
    title: 'a stream: one PATCH without Content-Range',
    check: async (client) => {
      const bytes = randomBytes(1000)
      const patch = await client.send('PATCH', await client.begin(), { headers: octets, body: bytes })
      assert.equal(patch.status, 202)
      assert.equal(patch.headers.get('range'), '0-999')
      const put = await client.send('PUT', withDigest(client.location(patch.headers), digestOf(bytes)))
      assert.equal(put.status, 201)
    },
  },
  {
    section: chunked,
    title: 'a chunk out of order is 416, and the upload goes on',
    notInDebian: 'ignores Content-Range',
    check: async (client) => {
      const bytes = randomBytes(30)
      const first = await patchChunk(client, await client.begin(), bytes.subarray(0, 10), 0)
      for (const start of [20, 0]) {
        const refused = await patchChunk(
          client,
          client.location(first.headers),
          bytes.subarray(start, start + 10),
          start,
        )
        assert.equal(refused.status, 416)
      }
      const status = await client.send('GET', client.location(first.headers))
      assert.deepEqual([status.status, status.headers.get('range')], [204, '0-9'])
      const rest = await patchChunk(client, client.location(status.headers), bytes.subarray(10), 10)
      assert.equal(rest.status, 202)
      const put = await client.send('PUT', withDigest(client.location(rest.headers), digestOf(bytes)))
      assert.equal(put.status, 201)
    },
  },
  {
    section: chunked,
    title: 'a last chunk out of order in the PUT is 416',
    notInDebian: 'ignores Content-Range',
    check: async (client) => {
      const bytes = randomBytes(30)
      const first = await patchChunk(client, await client.begin(), bytes.subarray(0, 10), 0)
      const headers = { ...octets, 'content-range': '20-29' }
      const target = withDigest(client.location(first.headers), digestOf(bytes))
      assert.equal((await client.send('PUT', target, { headers, body: bytes.subarray(20) })).status, 416)
    },
  },
  {
    section: chunked,
    title: 'GET of an upload is 204 with Location and Range',
    check: async (client) => {
      const patch = await patchChunk(client, await client.begin(), randomBytes(50), 0)
      const { status, headers } = await client.send('GET', client.location(patch.headers))
      assert.deepEqual([status, headers.get('range')], [204, '0-49'])
      assert.ok(headers.has('location'))
    },
  },
  {
    section: chunked,
    title: 'an upload that does not exist is 404 BLOB_UPLOAD_UNKNOWN',
    check: async (client) => {
      const location = await client.begin()
      assert.equal((await client.send('DELETE', location)).status, 204)
      for (const method of ['GET', 'PATCH', 'DELETE']) {
        const answer = await client.send(method, location)
        assert.equal(answer.status, 404)
        if (answer.body.length > 0) assert.deepEqual(errorCodes(answer), ['BLOB_UPLOAD_UNKNOWN'])
      }
    },
  },
  {
    section: 'Cancel a blob upload',
    title: 'DELETE of an upload is 204',
    check: async (client) => assert.equal((await client.send('DELETE', await client.begin())).status, 204),
  },
  {
    section: mounting,
    title: 'a blob of another repository is 201 with a Location',
    check: async (client) => {
      const source = client.other()
      const bytes = randomBytes(100)
      const digest = await source.pushBlob(bytes)
      const mount = await client.send('POST', `blobs/uploads/?mount=${digest}&from=${source.repository}`)
      assert.equal(mount.status, 201)
      assert.deepEqual((await client.send('GET', client.location(mount.headers))).body, bytes)
    },
  },
  {
    section: mounting,
    title: 'a blob that the other repository does not have begins an upload: 202',
    check: async (client) => {
      const query = `?mount=${wrong}&from=${client.other().repository}`
      const bytes = Buffer.from('other')
      const put = await client.send('PUT', withDigest(await client.begin(query), wrong), {
        headers: octets,
        body: bytes,
      })
      assert.equal(put.status, 201)
    },
  },
  {
    section: mounting,
    title: 'a mount without a source begins an upload: 202',
    check: async (client) => {
      const digest = await client.other().pushBlob(randomBytes(100))
      await client.begin(`?mount=${digest}`)
    },
  },
]

async function pushChunks(client: SpecClient, last: 'PATCH' | 'PUT'): Promise<void> {
  const bytes = randomBytes(3000)
  let location = await client.begin()
  const chunks = last === 'PATCH' ? 3 : 2
  for (let index = 0; index < chunks; index++) {
    const patch = await patchChunk(client, location, bytes.subarray(index * 1000, (index + 1) * 1000), index * 1000)
    assert.equal(patch.status, 202)
    assert.equal(patch.headers.get('range'), `0-${(index + 1) * 1000 - 1}`)
    location = client.location(patch.headers)
  }
  const request =
    last === 'PUT' ? { headers: { ...octets, 'content-range': '2000-2999' }, body: bytes.subarray(2000) } : {}
  const put = await client.send('PUT', withDigest(location, digestOf(bytes)), request)
  assert.equal(put.status, 201)
  assert.deepEqual((await client.send('GET', client.location(put.headers))).body, bytes)
}

function patchChunk(
  client: SpecClient,
  location: string,
  body: Uint8Array,
  start: number,
): ReturnType<SpecClient['send']> {
  const headers = { ...octets, 'content-range': `${start}-${start + body.length - 1}` }
  return client.send('PATCH', location, { headers, body })
}
