import { createHash } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { buffer } from 'node:stream/consumers'

let busyRequests = 0

function isBusy(): boolean {
  return busyRequests++ % 2 === 0
}

const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`

const config = JSON.stringify({
  architecture: 'amd64',
  os: 'linux',
  config: {},
  rootfs: { type: 'layers', diff_ids: [] },
})

/**
 * Configs that a manifest of the registry may name, by repository, and what the registry sends
 * instead.
 */
const configs: Readonly<Record<string, { readonly named: string; readonly sent: string }>> = {
  swapped: { named: config, sent: config.replace('amd64', 'arm64') },
  cut: { named: config, sent: config.slice(1) },
  nonsense: { named: 'no config', sent: 'no config' },
}

/** Manifest or config of a repository in `configs`. */
function documentAt(path: string): string | undefined {
  const [, kind = '', sort] = /^\/v2\/(\w+)\/x\/(manifests|blobs)\//.exec(path) ?? []
  const document = configs[kind]
  if (document === undefined || sort === 'blobs') return document?.sent
  const { named } = document
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: digestOf(named), size: named.length },
    layers: [],
  })
}

const manifests = new Map<string, Buffer>()

/** A registry that has every blob, and takes manifests. */
const takeManifest: RequestListener = (request, response) => {
  const { method = '', url = '' } = request
  if (method === 'PUT') {
    void buffer(request).then((body) => {
      manifests.set(url, body)
      response.writeHead(201).end()
    })
    return
  }
  const manifest = url.includes('/blobs/') ? Buffer.of() : manifests.get(url)
  const type = 'application/vnd.oci.image.manifest.v1+json'
  response.writeHead(manifest === undefined ? 404 : 200, { 'content-type': type })
  response.end(method === 'HEAD' ? undefined : manifest)
}

/**
 * A web server that knows a few files, and as a registry answers by the first part of the
 * repository: `denying/x` is 403, `throttling/x` is 429, `busy/x` is 429 every other time,
 * `failing/x` is 500, `garbage/x` is no JSON, `html/x` is a page, `full/x`, `narrow/x` and `slow/x`
 * take no uploads, for a quota, their size and their number, and `frozen/x` takes no tags. The
 * manifests of `swapped/x`, `cut/x` and `nonsense/x` name configs that are other bytes, fewer
 * bytes, and no config.
 */
export const answerWeb: RequestListener = (request, response) => {
  const path = request.url ?? ''
  const [, kind] = /^\/v2\/(\w+)\//.exec(path) ?? []
  const errors = (code: string, message: string): string => JSON.stringify({ errors: [{ code, message }] })
  const send = (status: number, type: string, body: string): void => {
    request.resume()
    response
      .writeHead(status, {
        'content-type': type,
        ...(status === 429 && { 'retry-after': kind === 'busy' ? '1' : '3600' }),
      })
      .end(request.method === 'HEAD' ? '' : body)
  }
  if (path === '/v2/') return send(200, 'application/json', '{}')
  if (path === '/hello.txt') return send(200, 'text/plain', 'hello\n')
  if (path === '/failing.txt') return send(503, 'text/plain', 'later')
  const document = documentAt(path)
  if (document !== undefined) return send(200, 'application/vnd.oci.image.manifest.v1+json', document)
  switch (kind) {
    case 'denying':
      return send(403, 'application/json', errors('DENIED', 'requested access to the resource is denied'))
    case 'throttling':
      return send(429, 'application/json', errors('TOOMANYREQUESTS', 'You have reached your pull rate limit'))
    case 'busy':
      return isBusy()
        ? send(429, 'text/plain', 'later')
        : send(404, 'application/json', errors('MANIFEST_UNKNOWN', 'manifest unknown'))
    case 'failing':
      return send(500, 'text/plain', 'internal error')
    case 'garbage':
      return send(200, 'application/vnd.oci.image.manifest.v1+json', '{"schemaVersion":')
    case 'html':
      return send(200, 'text/html', '<html>Welcome</html>')
    case 'full':
    case 'narrow':
    case 'slow':
      if (request.method === 'HEAD') return send(404, 'text/plain', '')
      if (kind === 'full')
        return send(403, 'application/json', errors('DENIED', 'the storage quota of project "full" is exceeded'))
      return send(kind === 'narrow' ? 413 : 429, 'text/plain', '')
    case 'frozen':
      if (request.method === 'PUT' && !path.includes('sha256'))
        return send(400, 'application/json', errors('TAG_INVALID', "The image tag '1.0' cannot be overwritten"))
      return takeManifest(request, response)
    default:
      return send(404, 'text/plain', 'not found')
  }
}
