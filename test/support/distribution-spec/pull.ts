import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { digestOf, errorCodes, imageType } from './spec-client.ts'
import type { Requirement } from './requirement.ts'

const manifests = 'Pulling manifests'
const blobs = 'Pulling blobs'
const existence = 'Checking if content exists in the registry'
const missing = digestOf(Buffer.from('missing'))

/** Requirements of the category Pull. */
export const pullRequirements: readonly Requirement[] = [
  {
    section: 'Determining Support',
    title: 'GET /v2/ is 200',
    check: async (client) => assert.equal((await client.send('GET', '/v2/')).status, 200),
  },
  {
    section: manifests,
    title: 'a manifest by tag has its bytes, media type and digest',
    check: async (client) => {
      const { digest, bytes } = await client.pushImage('1.0')
      const answer = await client.send('GET', 'manifests/1.0', { headers: { accept: imageType } })
      assert.equal(answer.status, 200)
      assert.deepEqual(answer.body, bytes)
      assert.equal(answer.headers.get('content-type'), imageType)
      assert.equal(answer.headers.get('docker-content-digest'), digest)
    },
  },
  {
    section: manifests,
    title: 'a manifest by digest has its bytes and digest',
    check: async (client) => {
      const { digest, bytes } = await client.pushImage()
      const answer = await client.send('GET', `manifests/${digest}`, { headers: { accept: imageType } })
      assert.equal(answer.status, 200)
      assert.deepEqual(answer.body, bytes)
      assert.equal(answer.headers.get('docker-content-digest'), digest)
    },
  },
  ...['manifests/none', `manifests/${missing}`, `blobs/${missing}`].flatMap((path): Requirement[] =>
    ['GET', 'HEAD'].map((method) => ({
      section: path.startsWith('m') ? manifests : blobs,
      title: `${method} of ${path.slice(0, 20)} that does not exist is 404`,
      check: async (client) => {
        await client.pushImage('1.0')
        const answer = await client.send(method, path)
        assert.equal(answer.status, 404)
        if (method === 'GET')
          assert.deepEqual(errorCodes(answer), [path.startsWith('m') ? 'MANIFEST_UNKNOWN' : 'BLOB_UNKNOWN'])
      },
    })),
  ),
  {
    section: manifests,
    title: 'content of an unknown repository is 404',
    check: async (client) => {
      assert.equal((await client.send('GET', 'manifests/1.0')).status, 404)
      assert.equal((await client.send('GET', `blobs/${missing}`)).status, 404)
      assert.equal((await client.send('GET', 'tags/list')).status, 404)
    },
  },
  {
    section: manifests,
    title: 'a reference that is neither tag nor digest is 404',
    check: async (client) => {
      await client.pushImage('1.0')
      assert.equal((await client.send('GET', 'manifests/.INVALID')).status, 404)
    },
  },
  {
    section: blobs,
    title: 'a blob has its bytes and digest',
    check: async (client) => {
      const bytes = randomBytes(5000)
      const digest = await client.pushBlob(bytes)
      const answer = await client.send('GET', `blobs/${digest}`)
      assert.equal(answer.status, 200)
      assert.deepEqual(answer.body, bytes)
      assert.equal(answer.headers.get('docker-content-digest'), digest)
    },
  },
  {
    section: blobs,
    title: 'an empty blob',
    check: async (client) => {
      const digest = await client.pushBlob(Buffer.alloc(0))
      const answer = await client.send('GET', `blobs/${digest}`)
      assert.deepEqual([answer.status, answer.body.length, answer.headers.get('content-length')], [200, 0, '0'])
    },
  },
  ...[
    ['bytes=10-19', 10, 20],
    ['bytes=90-', 90, 100],
    ['bytes=-5', 95, 100],
    ['bytes=95-500', 95, 100],
  ].map(
    ([range = '', start = 0, end = 0]): Requirement => ({
      section: blobs,
      title: `range ${range}`,
      check: async (client) => {
        const bytes = randomBytes(100)
        const digest = await client.pushBlob(bytes)
        const answer = await client.send('GET', `blobs/${digest}`, { headers: { range: String(range) } })
        assert.equal(answer.status, 206)
        assert.deepEqual(answer.body, bytes.subarray(Number(start), Number(end)))
        assert.equal(answer.headers.get('content-range'), `bytes ${start}-${Number(end) - 1}/100`)
      },
    }),
  ),
  {
    section: blobs,
    title: 'a range behind the end is 416',
    notInDebian: 'answers with the length of the blob and breaks the connection',
    check: async (client) => {
      const digest = await client.pushBlob(randomBytes(100))
      assert.equal((await client.send('GET', `blobs/${digest}`, { headers: { range: 'bytes=100-200' } })).status, 416)
    },
  },
  {
    section: existence,
    title: 'HEAD of a manifest has digest and size',
    check: async (client) => {
      const { digest, bytes } = await client.pushImage('1.0')
      for (const reference of ['1.0', digest]) {
        const answer = await client.send('HEAD', `manifests/${reference}`, { headers: { accept: imageType } })
        const { headers } = answer
        assert.deepEqual([answer.status, answer.body.length], [200, 0])
        assert.equal(headers.get('docker-content-digest'), digest)
        assert.equal(headers.get('content-length'), String(bytes.length))
      }
    },
  },
  {
    section: existence,
    title: 'HEAD of a blob has digest and size',
    check: async (client) => {
      const digest = await client.pushBlob(randomBytes(100))
      const { status, headers } = await client.send('HEAD', `blobs/${digest}`)
      assert.equal(status, 200)
      assert.equal(headers.get('docker-content-digest'), digest)
      assert.equal(headers.get('content-length'), '100')
    },
  },
]
