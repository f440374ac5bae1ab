/** Silence of this length, in milliseconds, counts as "no TLS". */
const patience = 2000

/**
 * Finds out by a handshake whether a host that may be spoken to in plain HTTP wants TLS; its
 * certificate is not judged.
 */
export async function answersTls({ hostname, port }: URL): Promise<boolean> {
  const { connect } = await import('node:tls')
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const host = hostname.replace(/^\[|\]$/g, '')
  const socket = connect({ host, port: Number(port || 443), rejectUnauthorized: false })
  const settle = (answer: boolean): void => {
    socket.destroy()
    resolve(answer)
  }
  socket.setTimeout(patience, () => settle(false))
  socket.once('secureConnect', () => settle(true))
  socket.once('error', () => settle(false))
  socket.once('close', () => settle(false))
  return promise
}
