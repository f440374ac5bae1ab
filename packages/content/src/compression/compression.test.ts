import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { digestOf } from '@tsbuild/oci'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Compression, compress, sniffCompression } from './compression.ts'
import { decompress } from './decompress.ts'
import { readAll } from '../storage/read-all.ts'
import { streamOf } from '../testing/index.ts'

const limit = 2 ** 30
const types = ['gzip', 'zstd'] as const
/** Five blocks of gzip and more than two frames of zstd, compressible over block borders. */
const sample = Buffer.concat(
  Array.from({ length: 25 }, (_, index) => Buffer.concat([randomBytes(20_000), Buffer.alloc(80_000, `${index}`)])),
)

async function packed(bytes: Uint8Array, compression: Compression): Promise<Uint8Array> {
  return readAll(compress(streamOf(bytes), compression), limit)
}

/** The bytes in chunks of these sizes, again and again. */
async function* chunked(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array, void, undefined> {
  for (let offset = 0, index = 0; offset < bytes.length; index++) {
    const size = sizes[index % sizes.length] ?? 1
    yield bytes.subarray(offset, offset + size)
    offset += size
  }
}

test.each(types)('%s: decompress undoes compress, for any content, level and chunks', async (type) => {
  const sizes = fc.array(fc.integer({ min: 1, max: 70_000 }), { minLength: 1, maxLength: 4 })
  const content = fc.tuple(fc.uint8Array({ maxLength: 100 }), fc.nat({ max: 12_000 })).map(([seed, times]) => {
    return Buffer.alloc(seed.length * times, seed)
  })
  await fc.assert(
    fc.asyncProperty(content, fc.integer({ min: 1, max: 9 }), sizes, async (bytes, level, chunks) => {
      const small = await packed(bytes, { type, level })
      expect(digestOf(await readAll(compress(chunked(bytes, chunks), { type, level }), limit))).toBe(digestOf(small))
      expect(digestOf(await readAll(decompress(chunked(small, chunks), type), limit))).toBe(digestOf(bytes))
    }),
    { numRuns: 30 },
  )
})

test.each(types)('%s: the result is the same for any number of threads', async (type) => {
  const script = `
    import { compress } from '${new URL('compression.ts', import.meta.url).href}'
    import { createHash } from 'node:crypto'
    const hash = createHash('sha256')
    for await (const chunk of compress(process.stdin, { type: '${type}' })) hash.update(chunk)
    console.log('sha256:' + hash.digest('hex'))`
  const expected = digestOf(await packed(sample, { type }))
  for (const threads of ['1', '2', '7']) {
    const env = { ...process.env, UV_THREADPOOL_SIZE: threads }
    const cpus = threads === '1' && spawnSync('taskset', ['--version']).status === 0 ? ['taskset', '-c', '0'] : []
    const [command, ...rest] = [...cpus, process.execPath, '--input-type=module', '--eval', script]
    const { stdout, stderr } = spawnSync(command, rest, { input: sample, env, encoding: 'utf8' })
    expect(stdout.trim(), stderr).toBe(expected)
  }
})

test('gzip is one member that other programs read, without a name or a time', async () => {
  const small = await packed(sample, { type: 'gzip' })
  expect(Buffer.from(small.subarray(0, 10)).toString('hex')).toBe('1f8b08000000000000ff')
  expect(digestOf(gunzipSync(small))).toBe(digestOf(sample))
  const { status, stdout, error } = spawnSync('gzip', ['-dc'], { input: small, maxBuffer: limit })
  if (error === undefined) expect([status, digestOf(stdout)]).toEqual([0, digestOf(sample)])
})

test('zstd is read by other programs', async () => {
  const small = await packed(sample, { type: 'zstd' })
  expect(Buffer.concat([zstdDecompressSync(small)]).length).toBeGreaterThan(0)
  const { status, stdout, error } = spawnSync('zstd', ['-dc'], { input: small, maxBuffer: limit })
  if (error === undefined) expect([status, digestOf(stdout)]).toEqual([0, digestOf(sample)])
})

test('blocks are primed with what is before them', async () => {
  const noise = randomBytes(20_000)
  // The same noise again and again: without priming, each of the eight blocks would hold it once
  // more.
  const small = await packed(Buffer.concat(Array.from({ length: 200 }, () => noise)), { type: 'gzip', level: 6 })
  expect(small.length).toBeLessThan(3 * noise.length)
})

test('no compression hands the bytes through', async () => {
  const source = streamOf(sample)
  expect(compress(source, { type: 'none' })).toBe(source)
  expect(decompress(source, 'none')).toBe(source)
})

test('an error of the source passes through, and the source is closed when the reader stops', async () => {
  async function* failing(): AsyncGenerator<Uint8Array, void, undefined> {
    yield sample
    throw new Error('the line went dead')
  }
  let isClosed = false
  async function* endless(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) yield sample
    } finally {
      isClosed = true
    }
  }
  for (const type of types) {
    await expect(readAll(compress(failing(), { type }), limit)).rejects.toThrow('the line went dead')
    isClosed = false
    for await (const chunk of compress(endless(), { type })) if (chunk.length > 100) break
    expect(isClosed).toBe(true)
  }
})

test('the first bytes tell the compression', async () => {
  for (const type of types) expect(sniffCompression(await packed(sample, { type }))).toBe(type)
  expect(sniffCompression(Buffer.from([0x5e, 0x2a, 0x4d, 0x18]))).toBe('zstd')
  expect(sniffCompression(new Uint8Array(512))).toBe('none')
  expect(sniffCompression(new Uint8Array())).toBe('none')
})

test.each(types)('%s: results keep no buffers that are much larger than they are', async (type) => {
  const chunks: Uint8Array[] = []
  for await (const chunk of compress(streamOf(Buffer.alloc(16 << 20)), { type })) chunks.push(chunk)
  const buffers = [...new Set(chunks.map(({ buffer }) => buffer))]
  expect(buffers.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBeLessThan(1 << 20)
})
