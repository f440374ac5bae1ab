import { createHmac } from 'node:crypto'
import { BlobService, blobFailure } from './blob-service.ts'
import { serve, type ServedAnswer, type ServedRequest, type TestServer } from '@tsbuild/cloud/testing'

/** Azure Blob Storage, with path-style addresses (`/ACCOUNT/CONTAINER/NAME`) as emulators have. */
export interface AzureServer extends TestServer {
  /** By `container/name`. */
  readonly blobs: ReadonlyMap<string, Uint8Array>
  readonly containers: Set<string>
}

/** An account that the server knows. */
export const azureTestAccount = {
  name: 'account',
  key: Buffer.from('test key of an account').toString('base64'),
  /** Shared access signature. */
  signature: 'sv=2021-12-02&sp=rw&sig=a%2Bb%3D',
  /** Token of Microsoft Entra. */
  token: 'entra-token',
} as const

/** Starts the server, with no container. */
export async function startAzure(): Promise<AzureServer> {
  const service = new BlobService()
  const containers = new Set<string>()
  const server = await serve((request) => {
    const { method, url } = request
    if (url.pathname.endsWith('/oauth2/v2.0/token')) return grantToken(request)
    if (!isAuthorized(request)) return blobFailure(403, 'AuthenticationFailed')
    const [, , container = '', ...rest] = url.pathname.split('/').map(decodeURIComponent)
    if (url.searchParams.get('restype') === 'container' && method === 'PUT') {
      if (containers.has(container)) return blobFailure(409, 'ContainerAlreadyExists')
      containers.add(container)
      return { status: 201 }
    }
    if (!containers.has(container)) return blobFailure(404, 'ContainerNotFound')
    return service.answer([container, ...rest].join('/'), request)
  })
  return Object.assign(server, { blobs: service.blobs, containers })
}

function grantToken({ body, headers }: ServedRequest): ServedAnswer {
  const fields = new URLSearchParams(body.toString())
  const isKnown = fields.get('client_secret') === 'secret' || fields.get('client_assertion') === 'jwt'
  if (!isKnown && headers['x-identity-header'] !== 'header')
    return { status: 401, body: JSON.stringify({ error: 'invalid_client' }) }
  return { status: 200, body: JSON.stringify({ access_token: azureTestAccount.token, expires_in: 3600 }) }
}

/** Checks the authorization as the documents of Azure describe it, from the request as received. */
function isAuthorized({ method, url, target, headers }: ServedRequest): boolean {
  const { authorization } = headers
  if (authorization === undefined) return url.searchParams.get('sig') === 'a+b='
  if (authorization === `Bearer ${azureTestAccount.token}`) return true
  const value = (name: string): string => String(headers[name] ?? '')
  const length = value('content-length') === '0' ? '' : value('content-length')
  const standard = `${method}\n${value('content-encoding')}\n${value('content-language')}\n${length}\n${value('content-md5')}\n${value('content-type')}\n${value('date')}\n${value('if-modified-since')}\n${value('if-match')}\n${value('if-none-match')}\n${value('if-unmodified-since')}\n${value('range')}\n`
  const own = Object.keys(headers).filter((name) => name.startsWith('x-ms-'))
  const canonical = own.sort().map((name) => `${name}:${value(name)}\n`)
  const [path = ''] = target.split('?')
  const fields = [...url.searchParams.keys()].sort().map((name) => `\n${name}:${url.searchParams.get(name)}`)
  const text = `${standard}${canonical.join('')}/${azureTestAccount.name}${path}${fields.join('')}`
  const hash = createHmac('sha256', Buffer.from(azureTestAccount.key, 'base64')).update(text).digest('base64')
  return authorization === `SharedKey ${azureTestAccount.name}:${hash}`
}
