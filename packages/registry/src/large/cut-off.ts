/** Failure of a connection that ends before the answer does, as undici reports it. */
export function cutOff(): Error {
  return Object.assign(new Error('other side closed'), { code: 'UND_ERR_SOCKET' })
}
