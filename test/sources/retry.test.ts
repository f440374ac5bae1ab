import { createServer } from 'node:http'
import { once } from 'node:events'
import { expect } from 'vitest'
import { test } from '../support/edge.ts'

test.for([
  [{ times: 0 }, 1],
  [{ times: 2, delay: 1 }, 3],
] as const)('with %j a registry that fails is asked %i times', async ([retry, attempts], { edge }) => {
  let asked = 0
  const server = createServer(({ url = '' }, response) => {
    if (url.includes('/manifests/')) asked += 1
    response.writeHead(url.includes('/manifests/') ? 503 : 200).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  try {
    await expect(edge(`FROM localhost:${port}/app:1\n`, { retry })).rejects.toMatchObject({ code: 'IMAGE_UNRESOLVED' })
    expect(asked).toBe(attempts)
  } finally {
    server.close()
  }
})
