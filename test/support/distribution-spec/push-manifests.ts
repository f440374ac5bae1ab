import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Requirement } from './requirement.ts'
import { digestOf, errorCodes, imageType, indexType, type SpecClient } from './spec-client.ts'

const section = 'Pushing Manifests'
const dockerType = 'application/vnd.docker.distribution.manifest.v2+json'
const emptyConfig = 'application/vnd.oci.empty.v1+json'

/** Requirements of the category Push, for manifests. */
export const manifestPushRequirements: readonly Requirement[] = [
  {
    section,
    title: 'by tag is 201 with a Location and the digest',
    check: async (client) => {
      const { bytes } = await client.pushImage()
      const { answer, digest } = await client.pushManifest(bytes.toString(), '1.0')
      assert.equal(answer.status, 201)
      assert.equal(answer.headers.get('docker-content-digest'), digest)
      const pulled = await client.send('GET', client.location(answer.headers), { headers: { accept: imageType } })
      assert.deepEqual(pulled.body, bytes)
    },
  },
  {
    section,
    title: 'the bytes are kept as they are, unknown members and white space too',
    check: async (client) => {
      const { bytes } = await client.pushImage()
      const text = ` ${bytes.toString().slice(0, -1)}, "x.unknown" : [ 1 ]}\n`
      const { answer, digest } = await client.pushManifest(text, 'odd')
      assert.equal(answer.status, 201)
      const pulled = await client.send('GET', 'manifests/odd', { headers: { accept: imageType } })
      assert.equal(pulled.body.toString(), text)
      assert.equal(pulled.headers.get('docker-content-digest'), digest)
    },
  },
  {
    section,
    title: 'parameters of the Content-Type are ignored',
    check: async (client) => {
      const { bytes } = await client.pushImage()
      const { answer } = await client.pushManifest(bytes.toString(), 'type', `${imageType}; charset=utf-8`)
      assert.equal(answer.status, 201)
      const pulled = await client.send('GET', 'manifests/type', { headers: { accept: imageType } })
      assert.equal(pulled.headers.get('content-type'), imageType)
    },
  },
  {
    section,
    title: 'by a digest that does not match is 400 DIGEST_INVALID',
    check: async (client) => {
      const { bytes } = await client.pushImage()
      const { answer } = await client.pushManifest(bytes.toString(), digestOf(Buffer.from('other')))
      assert.equal(answer.status, 400)
      assert.deepEqual(errorCodes(answer), ['DIGEST_INVALID'])
    },
  },
  {
    section,
    title: 'by digest, with tags as parameters',
    notInDebian: 'later than its release',
    check: async (client) => {
      const { bytes, digest } = await client.pushImage()
      const { answer } = await client.pushManifest(bytes.toString(), `${digest}?tag=1.2.3&tag=1.2&tag=latest`)
      assert.equal(answer.status, 201)
      assert.equal(answer.headers.get('oci-tag'), '1.2.3, 1.2, latest')
      for (const tag of ['1.2.3', '1.2', 'latest'])
        assert.equal((await client.send('HEAD', `manifests/${tag}`)).headers.get('docker-content-digest'), digest)
    },
  },
  {
    section,
    title: 'with a layer that is missing is MANIFEST_BLOB_UNKNOWN, and sets no tag',
    check: async (client) => {
      const { bytes } = await client.pushImage()
      const text = bytes
        .toString()
        .replace(/"layers":\[{"mediaType":"[^"]*","digest":"[^"]*"/, (head) =>
          head.replace(/sha256:[0-9a-f]{64}/, digestOf(Buffer.from('missing'))),
        )
      const { answer } = await client.pushManifest(text, 'torn')
      assert.ok([400, 404].includes(answer.status), String(answer.status))
      assert.ok(errorCodes(answer).includes('MANIFEST_BLOB_UNKNOWN'))
      assert.equal((await client.send('GET', 'manifests/torn', { headers: { accept: imageType } })).status, 404)
    },
  },
  {
    section,
    title: 'that is no JSON is 400 MANIFEST_INVALID',
    check: async (client) => {
      await client.pushImage()
      const { answer } = await client.pushManifest('{', '1.0')
      assert.equal(answer.status, 400)
      assert.deepEqual(errorCodes(answer), ['MANIFEST_INVALID'])
    },
  },
  {
    section,
    title: 'to an invalid tag is refused',
    check: async (client) => {
      const { bytes } = await client.pushImage()
      for (const tag of ['-dash', 'a'.repeat(129)]) {
        const { answer } = await client.pushManifest(bytes.toString(), tag)
        assert.ok([400, 404].includes(answer.status), String(answer.status))
      }
    },
  },
  {
    section,
    title: 'to an invalid repository name is refused',
    check: async (client) => {
      const { bytes } = await client.pushImage()
      for (const name of ['Upper', 'a//b', 'a/-b', 'a/b-', 'a/..']) {
        const path = `/v2/${name}/manifests/1.0`
        const { status } = await client.send('PUT', path, { headers: { 'content-type': imageType }, body: bytes })
        assert.ok([301, 400, 404].includes(status), `${name}: ${status}`)
      }
    },
  },
  ...[
    ['3.9 MB', 3_900_000, [201]],
    ['more than 4 MiB', 4_300_000, [400, 413]],
  ].map(
    ([words, size, statuses]): Requirement => ({
      section,
      title: `of ${String(words)} is ${String(statuses)}`,
      check: async (client) => {
        const annotations = { large: 'a'.repeat(Number(size)) }
        const { bytes } = await client.pushImage()
        const { answer } = await client.pushManifest({ ...JSON.parse(bytes.toString()), annotations }, 'large')
        assert.ok(Array.isArray(statuses) && statuses.includes(answer.status), String(answer.status))
      },
    }),
  ),
  {
    section,
    title: 'an image without layers',
    check: async (client) => void (await client.pushImage('none', { layers: [] })),
  },
  {
    section,
    title: 'an image of Docker schema 2',
    check: async (client) => {
      const { bytes } = await client.pushImage()
      const { answer } = await client.pushManifest(
        { ...JSON.parse(bytes.toString()), mediaType: dockerType },
        'docker',
        dockerType,
      )
      assert.equal(answer.status, 201)
      const pulled = await client.send('GET', 'manifests/docker', { headers: { accept: dockerType } })
      assert.equal(pulled.headers.get('content-type'), dockerType)
    },
  },
  {
    section,
    title: 'an index, and an index of indexes',
    check: async (client) => {
      const image = await client.pushImage()
      const inner = await pushIndex(client, [{ mediaType: imageType, digest: image.digest, size: image.bytes.length }])
      await pushIndex(client, [{ mediaType: indexType, digest: inner.digest, size: inner.bytes.length }], 'nested')
      const pulled = await client.send('GET', 'manifests/nested', { headers: { accept: indexType } })
      assert.equal(pulled.headers.get('content-type'), indexType)
    },
  },
  {
    section,
    title: 'an empty index',
    check: async (client) => void (await pushIndex(client, [], 'empty')),
  },
  {
    section,
    title: 'a layer that is published elsewhere need not exist',
    check: async (client) => {
      const layer = {
        mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
        digest: digestOf(randomBytes(9)),
        size: 9,
        urls: ['https://layers.example/1'],
      }
      await client.pushImage('foreign', { layers: [layer] })
    },
  },
  {
    section,
    title: 'with SHA-512',
    notInDebian: 'stores manifests by SHA-256 alone',
    check: async (client) => {
      const { bytes } = await client.pushImage()
      const digest = digestOf(bytes, 'sha512')
      const put = await client.send('PUT', `manifests/${digest}`, {
        headers: { 'content-type': imageType },
        body: bytes,
      })
      assert.deepEqual([put.status, put.headers.get('docker-content-digest')], [201, digest])
      assert.deepEqual((await client.send('GET', `manifests/${digest}`)).body, bytes)
    },
  },
  {
    section: 'Pushing Manifests with Subject',
    title: 'the answer has OCI-Subject, also for a subject that does not exist',
    notInDebian: 'has no referrers API',
    check: async (client) => {
      for (const subject of [(await client.pushImage()).digest, digestOf(randomBytes(9))]) {
        const { bytes } = await client.pushImage()
        const document = {
          ...JSON.parse(bytes.toString()),
          subject: { mediaType: imageType, digest: subject, size: 9 },
        }
        const { answer } = await client.pushManifest(document)
        assert.deepEqual([answer.status, answer.headers.get('oci-subject')], [201, subject])
      }
    },
  },
  {
    section: 'Pushing Manifests with Subject',
    title: 'an artifact with an empty config',
    check: async (client) => {
      const config = await client.pushBlob(Buffer.from('{}'))
      const members = {
        artifactType: 'application/x.test',
        config: { mediaType: emptyConfig, digest: config, size: 2 },
      }
      await client.pushImage('artifact', members)
    },
  },
]

async function pushIndex(
  client: SpecClient,
  manifests: readonly unknown[],
  reference?: string,
): Promise<{ readonly digest: string; readonly bytes: Buffer }> {
  const index = { schemaVersion: 2, mediaType: indexType, manifests }
  const { answer, digest, bytes } = await client.pushManifest(index, reference, indexType)
  assert.equal(answer.status, 201, answer.body.toString())
  return { digest, bytes }
}
