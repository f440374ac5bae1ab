import { randomBytes } from 'node:crypto'
import { type Moto, motoMissing, startMoto } from '@tsbuild/cloud/testing'
import { readAll } from '@tsbuild/content'
import { describeBytes, streamOf, testContentTarget, testSingleFlight } from '@tsbuild/content/testing'
import { createHttpClient } from '@tsbuild/registry'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BucketContent } from '../store/bucket-content.ts'
import { BucketFlights } from '../store/bucket-flights.ts'
import { s3TestKeys } from '../testing/s3-server.ts'
import { openS3 } from './s3-bucket.ts'

const title = motoMissing === undefined ? 'S3 of moto' : `S3 of moto (left out: ${motoMissing})`

/** Another implementation of the protocol: moto, of Debian's python3-moto. */
describe.skipIf(motoMissing !== undefined)(title, () => {
  let endpoint: string
  let moto: Moto
  const http = createHttpClient()
  let places = 0

  beforeAll(async () => {
    moto = await startMoto()
    endpoint = moto.endpoint
    const created = await fetch(`${endpoint}/cache`, { method: 'PUT' })
    expect(created.ok).toBe(true)
  })
  afterAll(async () => {
    await http.close()
    await moto[Symbol.asyncDispose]()
  })

  const open = (): BucketContent => {
    const place = { bucket: 'cache', endpoint, prefix: `é ${places++}/`, renewAfter: 0 }
    return new BucketContent(openS3({ ...place, keys: s3TestKeys, env: {}, http }), http)
  }

  testContentTarget('moto', async () => open())

  testSingleFlight('moto', async () => () => {
    const { documents } = openS3({ bucket: 'cache', endpoint, keys: s3TestKeys, env: {}, http })
    if (documents === undefined) throw new Error('no documents')
    return new BucketFlights(documents)
  })

  test('a large blob goes up in parts', async () => {
    const content = randomBytes(20_000_000)
    const blob = describeBytes(content)
    const target = open()
    await target.put(blob, streamOf(content))
    expect(await target.has(blob)).toBe(true)
    expect(Buffer.from(await readAll(await target.open(blob), content.length)).equals(content)).toBe(true)
    expect(await target.list('main')).toEqual([])
  })
})
