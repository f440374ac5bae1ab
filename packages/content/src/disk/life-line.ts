import { closeSync, openSync, rmSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { join } from 'node:path'
import { hasErrno } from '../storage/errors.ts'

/**
 * Opens a socket that proves that this process is alive. The kernel closes it when the process ends
 * for any reason. Processes in every PID namespace of this kernel can try to connect. Undefined
 * where the file system takes no sockets.
 */
export async function openLifeLine(directory: string, name: string): Promise<Disposable | undefined> {
  const server = createServer((connection) => connection.destroy())
  const opened = Promise.withResolvers<boolean>()
  server.once('listening', () => opened.resolve(true)).on('error', () => opened.resolve(false))
  const folder = openSync(directory, 'r')
  server.listen(socketPath(folder, name)).unref()
  if (!(await opened.promise)) {
    closeSync(folder)
    return undefined
  }
  return {
    [Symbol.dispose]: () => {
      server.close()
      rmSync(join(directory, name), { force: true })
      closeSync(folder)
    },
  }
}

/** Asks the kernel if the process behind a life line of this machine still runs. */
export async function checkLifeLine(directory: string, name: string): Promise<'alive' | 'dead' | 'unknown'> {
  const folder = openSync(directory, 'r')
  const answer = Promise.withResolvers<'alive' | 'dead' | 'unknown'>()
  const connection = createConnection(socketPath(folder, name))
  connection.once('connect', () => answer.resolve('alive'))
  connection.on('error', (error) => {
    if (hasErrno(error, 'ECONNREFUSED')) return answer.resolve('dead')
    // EAGAIN: more callers than its queue holds, so there is a queue.
    answer.resolve(hasErrno(error, 'EAGAIN', 'ECONNRESET') ? 'alive' : 'unknown')
  })
  try {
    return await answer.promise
  } finally {
    connection.destroy()
    closeSync(folder)
  }
}

/** The address of a socket has room for 107 bytes, which a path of a store may exceed. */
function socketPath(folder: number, name: string): string {
  return `/proc/self/fd/${folder}/${name}`
}
