import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { randomBytes } from 'node:crypto'
import { readAll } from '@tsbuild/content'
import { describeBytes, streamOf, testContentTarget, testSingleFlight } from '@tsbuild/content/testing'
import { createHttpClient } from '@tsbuild/registry'
import { freePort } from '@tsbuild/registry/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BucketContent } from '../store/bucket-content.ts'
import { BucketFlights } from '../store/bucket-flights.ts'
import { s3TestKeys } from '../testing/s3-server.ts'
import { openS3 } from './s3-bucket.ts'

const missing = spawnSync('moto_server', ['--help']).status !== 0

/** Another implementation of the protocol: moto, of Debian's python3-moto. */
describe.skipIf(missing)(missing ? 'S3 of moto (left out: moto_server not installed)' : 'S3 of moto', () => {
  let endpoint: string
  let stop: () => Promise<void>
  const http = createHttpClient()
  let places = 0

  beforeAll(async () => {
    const port = await freePort()
    endpoint = `http://127.0.0.1:${port}`
    const server = spawn('moto_server', ['-H', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
    stop = async () => {
      server.kill()
      await once(server, 'exit')
    }
    for (let tries = 0; tries < 200; tries++) {
      const created = await fetch(`${endpoint}/cache`, { method: 'PUT' }).catch(() => undefined)
      if (created?.ok) return
      await sleep(100)
    }
    throw new Error('moto_server does not answer')
  }, 30_000)
  afterAll(async () => {
    await http.close()
    await stop()
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
