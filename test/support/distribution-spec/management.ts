import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import type { Requirement } from './requirement.ts'
import { digestOf, imageType } from './spec-client.ts'

/** Requirements of the category Content Management, with deletion enabled. */
export const managementRequirements: readonly Requirement[] = [
  {
    section: 'Deleting tags',
    title: 'is 202, and the tag is gone at once; the manifest stays',
    notInDebian: 'deletes manifests by digest alone',
    check: async (client) => {
      const { digest } = await client.pushImage('old')
      assert.equal((await client.send('DELETE', 'manifests/old')).status, 202)
      assert.equal((await client.send('GET', 'manifests/old')).status, 404)
      assert.equal((await client.send('HEAD', `manifests/${digest}`)).status, 200)
    },
  },
  {
    section: 'Deleting Manifests',
    title: 'is 202, and the manifest and its tags are gone',
    check: async (client) => {
      const { digest, bytes } = await client.pushImage('one')
      await client.pushManifest(bytes.toString(), 'two')
      assert.equal((await client.send('DELETE', `manifests/${digest}`)).status, 202)
      for (const reference of ['one', 'two', digest])
        assert.equal(
          (await client.send('GET', `manifests/${reference}`, { headers: { accept: imageType } })).status,
          404,
        )
    },
  },
  {
    section: 'Deleting Manifests',
    title: 'the repository stays, with an empty list of tags',
    check: async (client) => {
      const { digest } = await client.pushImage('one')
      await client.send('DELETE', `manifests/${digest}`)
      const { status, body } = await client.send('GET', 'tags/list')
      assert.equal(status, 200)
      const { tags }: { readonly tags: readonly string[] | null } = JSON.parse(body.toString())
      assert.deepEqual(tags ?? [], [])
    },
  },
  {
    section: 'Deleting Manifests',
    title: 'in an unknown repository, or of an unknown digest, is 404',
    check: async (client) => {
      const path = `manifests/${digestOf(randomBytes(9))}`
      assert.equal((await client.send('DELETE', path)).status, 404)
      await client.pushImage('one')
      assert.equal((await client.send('DELETE', path)).status, 404)
    },
  },
  {
    section: 'Deleting Manifests',
    title: 'of a referrer ends its place in the list of referrers',
    notInDebian: 'has no referrers API',
    check: async (client) => {
      const subject = await client.pushImage()
      const { digest } = await client.pushImage(undefined, {
        subject: { mediaType: imageType, digest: subject.digest, size: subject.bytes.length },
      })
      assert.equal((await client.send('DELETE', `manifests/${digest}`)).status, 202)
      const { body } = await client.send('GET', `referrers/${subject.digest}`)
      const { manifests }: { readonly manifests: readonly unknown[] } = JSON.parse(body.toString())
      assert.deepEqual(manifests, [])
    },
  },
  {
    section: 'Deleting Blobs',
    title: 'is 202, and the blob is gone from this repository alone',
    check: async (client) => {
      const bytes = randomBytes(50)
      const other = client.other()
      const digest = await client.pushBlob(bytes)
      await other.pushBlob(bytes)
      assert.equal((await client.send('DELETE', `blobs/${digest}`)).status, 202)
      assert.equal((await client.send('GET', `blobs/${digest}`)).status, 404)
      assert.deepEqual((await other.send('GET', `blobs/${digest}`)).body, bytes)
    },
  },
  {
    section: 'Deleting Blobs',
    title: 'of an unknown blob is 404',
    check: async (client) => {
      await client.pushImage('one')
      assert.equal((await client.send('DELETE', `blobs/${digestOf(randomBytes(9))}`)).status, 404)
    },
  },
]
