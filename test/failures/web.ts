import type { RequestListener } from 'node:http'

let busyRequests = 0

function isBusy(): boolean {
  return busyRequests++ % 2 === 0
}

/**
 * A web server that knows a few files, and as a registry answers by the first part of the repository: `denying/x` is 403, `throttling/x` is
 * 429, `busy/x` is 429 every other time, `failing/x` is 500, `garbage/x` is no JSON, `html/x` is a page.
 */
export const answerWeb: RequestListener = (request, response) => {
  const path = request.url ?? ''
  const [, kind] = /^\/v2\/(\w+)\//.exec(path) ?? []
  const errors = (code: string, message: string): string => JSON.stringify({ errors: [{ code, message }] })
  const send = (status: number, type: string, body: string): void => {
    request.resume()
    response
      .writeHead(status, { 'content-type': type, ...(status === 429 ? { 'retry-after': kind === 'busy' ? '1' : '3600' } : {}) })
      .end(request.method === 'HEAD' ? '' : body)
  }
  if (path === '/v2/') return send(200, 'application/json', '{}')
  if (path === '/hello.txt') return send(200, 'text/plain', 'hello\n')
  switch (kind) {
    case 'denying':
      return send(403, 'application/json', errors('DENIED', 'requested access to the resource is denied'))
    case 'throttling':
      return send(429, 'application/json', errors('TOOMANYREQUESTS', 'You have reached your pull rate limit'))
    case 'busy':
      return isBusy() ? send(429, 'text/plain', 'later') : send(404, 'application/json', errors('MANIFEST_UNKNOWN', 'manifest unknown'))
    case 'failing':
      return send(500, 'text/plain', 'internal error')
    case 'garbage':
      return send(200, 'application/vnd.oci.image.manifest.v1+json', '{"schemaVersion":')
    case 'html':
      return send(200, 'text/html', '<html>Welcome</html>')
    default:
      return send(404, 'text/plain', 'not found')
  }
}
