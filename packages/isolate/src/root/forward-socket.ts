import { connect, createServer } from 'node:net'
import { basename, dirname } from 'node:path'

/**
 * Makes a socket at `path` that hands every connection on to the socket `source`, until disposed.
 */
export function forwardSocket(source: string, path: string): Disposable {
  const server = createServer((client) => {
    const upstream = connect(source)
    client.on('error', () => upstream.destroy())
    upstream.on('error', () => client.destroy())
    client.pipe(upstream).pipe(client)
  })
  // Addresses of sockets are limited to 107 bytes, which names in the working directory do not
  // reach. Listening binds at once.
  const before = process.cwd()
  process.chdir(dirname(path))
  try {
    // A name of digits alone would be a port.
    server.listen(`./${basename(path)}`)
  } finally {
    process.chdir(before)
  }
  return { [Symbol.dispose]: () => void server.close() }
}
