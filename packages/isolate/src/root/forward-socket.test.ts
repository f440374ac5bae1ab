import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { forwardSocket } from './forward-socket.ts'

test.each(['agent', '12345678'])('a socket of the name %s hands connections on', async (name) => {
  const directory = mkdtempSync(join(tmpdir(), 'tsbuild-forward-'))
  const server = createServer((client) => client.end('hello')).listen(join(directory, 'source'))
  try {
    using _ = forwardSocket(join(directory, 'source'), join(directory, name))
    const client = connect({ path: join(directory, name) })
    const [data] = (await once(client, 'data')) as [Buffer]
    expect(data.toString()).toBe('hello')
    client.destroy()
  } finally {
    server.close()
    rmSync(directory, { recursive: true })
  }
})
