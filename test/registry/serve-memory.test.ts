import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { SpecClient, withDigest } from '../support/distribution-spec/spec-client.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { tsbuildPath } from '../support/tsbuild.ts'

const mebibyte = 1 << 20
const blobSize = 256 * mebibyte
/** Most bytes of the process at any time, Node itself included, which takes 100 MiB. */
const mostMemory = 256 * mebibyte

test('uploads and slow downloads of 256 MiB, eight at once, take little memory', { timeout: 300_000 }, async () => {
  await using directory = await temporaryDirectory()
  const storage = join(directory.path, 'registry')
  const child = spawn(tsbuildPath, ['registry', 'serve', '--listen', '127.0.0.1:0', '-q', '--storage', storage], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exit
  })
  const [line] = await once(child.stdout, 'data')
  const host = String(line).trim()
  const peak = async (): Promise<number> => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8')
    return Number(/^VmHWM:\s+(\d+)/m.exec(status)?.[1]) * 1024
  }

  const piece = Buffer.alloc(mebibyte, 'x')
  const hash = createHash('sha256')
  for (let count = 0; count < blobSize / mebibyte; count++) hash.update(piece)
  const digest = `sha256:${hash.digest('hex')}`
  await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      const client = new SpecClient(host, `large${index}`)
      const location = await client.begin()
      // All but one break off: their bytes are not needed.
      const pieces = index === 0 ? blobSize / mebibyte : 64
      const stream = ReadableStream.from(Array.from({ length: pieces }, () => piece))
      const request = { method: 'PATCH', body: stream, duplex: 'half' as const }
      expect((await fetch(`http://${host}${location}`, request)).status).toBe(202)
      if (index === 0) expect((await client.send('PUT', withDigest(location, digest))).status).toBe(201)
    }),
  )
  const afterUploads = await peak()
  const received = await Promise.all(Array.from({ length: 8 }, () => readSlowly(host, `/v2/large0/blobs/${digest}`)))
  for (const bytes of received) expect(bytes).toBeGreaterThan(blobSize)
  expect({ afterUploads: afterUploads < mostMemory, afterDownloads: (await peak()) < mostMemory }).toEqual({
    afterUploads: true,
    afterDownloads: true,
  })
})

/** Reads with pauses, so that the server always has more to send. Resolves to the bytes. */
async function readSlowly(host: string, path: string): Promise<number> {
  const [address = '', port = ''] = host.split(':')
  const socket = connect(Number(port), address)
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
  let bytes = 0
  for await (const chunk of socket) {
    const before = bytes
    if (Buffer.isBuffer(chunk)) bytes += chunk.length
    if (Math.floor(bytes / (4 * mebibyte)) > Math.floor(before / (4 * mebibyte))) await sleep(50)
  }
  return bytes
}
