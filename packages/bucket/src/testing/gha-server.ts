import { randomBytes } from 'node:crypto'
import { BlobService, blobFailure } from './blob-service.ts'
import { serve, type ServedAnswer, type ServedRequest, type TestServer } from '@tsbuild/cloud/testing'

/** An entry of the cache. */
export interface GhaEntry {
  readonly key: string
  readonly version: string
  readonly scope: string
  /** Name of its blob. */
  readonly blob: string
  /** Bytes; undefined before it is finished. */
  size: number | undefined
}

/** The cache service of GitHub Actions, version 2, with the store for its bytes. */
export interface GhaServer extends TestServer {
  /** Oldest first. */
  readonly entries: GhaEntry[]
  /** Runtime token of a job whose scopes are these refs; it writes only to the first. */
  token(...scopes: readonly string[]): string
}

/** Bits of a permission. */
const [read, readWrite] = [1, 3]

/**
 * Starts the service. Its tokens have no signature; scopes and their order are those of GitHub. The
 * API of the repository `o/r` takes the token `github-token`.
 */
export async function startGha(): Promise<GhaServer> {
  const service = new GhaService()
  const server = await serve((request) => service.answer(request))
  const token = (...scopes: readonly string[]): string => {
    const list = scopes.map((Scope, index) => ({ Scope, Permission: index === 0 ? readWrite : read }))
    const claims = Buffer.from(JSON.stringify({ ac: JSON.stringify(list) })).toString('base64url')
    return `e30.${claims}.none`
  }
  return Object.assign(server, { entries: service.entries, token })
}

class GhaService {
  readonly entries: GhaEntry[] = []
  readonly #blobs = new BlobService()
  /** Right and blob of each signature. */
  readonly #grants = new Map<string, string>()

  answer(request: ServedRequest): ServedAnswer {
    const { method, url, headers } = request
    if (url.pathname.startsWith('/store/')) return this.#answerStore(request)
    if (url.pathname.startsWith('/repos/o/r/actions/caches')) return this.#list(request)
    const call = /^\/twirp\/github\.actions\.results\.api\.v1\.CacheService\/(\w+)$/.exec(url.pathname)?.[1]
    const scopes = scopesOf(headers.authorization)
    if (method !== 'POST' || headers['content-type'] !== 'application/json') return twirp(404, 'bad_route')
    if (scopes === undefined) return twirp(401, 'unauthenticated')
    const fields: Fields = JSON.parse(request.body.toString())
    if (fields.key.length > 512 || fields.key.includes(',')) return twirp(400, 'invalid_argument')
    if (call === 'CreateCacheEntry') return this.#create(fields, scopes, url.host)
    if (call === 'FinalizeCacheEntryUpload') return this.#finish(fields, scopes)
    if (call === 'GetCacheEntryDownloadURL') return this.#find(fields, scopes, url.host)
    return twirp(404, 'bad_route')
  }

  #answerStore(request: ServedRequest): ServedAnswer {
    const { method, url, headers } = request
    const name = url.pathname.slice('/store/'.length)
    if (headers.authorization !== undefined) return blobFailure(400, 'InvalidAuthenticationInfo')
    const granted = this.#grants.get(url.searchParams.get('sig') ?? '')
    if (granted !== `${method === 'PUT' ? 'w' : 'r'} ${name}`) return blobFailure(403, 'AuthenticationFailed')
    return this.#blobs.answer(name, request)
  }

  #grant(blob: string, right: 'r' | 'w', host: string): string {
    const sig = randomBytes(16).toString('base64')
    this.#grants.set(sig, `${right} ${blob}`)
    return `http://${host}/store/${blob}?sp=${right}&sig=${encodeURIComponent(sig)}`
  }

  #create({ key, version }: Fields, scopes: readonly Scope[], host: string): ServedAnswer {
    const scope = writableScope(scopes)
    if (scope === undefined) return twirp(403, 'permission_denied')
    if (this.#entry({ key, version }, scope) !== undefined) return twirp(409, 'already_exists')
    const blob = `blob-${this.entries.length}`
    this.entries.push({ key, version, scope, blob, size: undefined })
    return json({ ok: true, signed_upload_url: this.#grant(blob, 'w', host) })
  }

  #finish({ size_bytes: size, ...fields }: Fields, scopes: readonly Scope[]): ServedAnswer {
    const entry = this.#entry(fields, writableScope(scopes))
    if (entry === undefined) return twirp(404, 'not_found')
    if (this.#blobs.blobs.get(entry.blob)?.length !== Number(size)) return twirp(400, 'invalid_argument')
    entry.size = Number(size)
    return json({ ok: true, entry_id: '1' })
  }

  #entry({ key, version }: Pick<Fields, 'key' | 'version'>, scope: string | undefined): GhaEntry | undefined {
    return this.entries.find((entry) => entry.key === key && entry.version === version && entry.scope === scope)
  }

  /** Scope by scope: the key itself, then the newest entry whose key begins with a restore key. */
  #find({ key, version, restore_keys: prefixes = [] }: Fields, scopes: readonly Scope[], host: string): ServedAnswer {
    const visible = this.entries.filter((entry) => entry.version === version && entry.size !== undefined).reverse()
    for (const { Scope } of scopes.filter(({ Permission }) => (Permission & read) !== 0)) {
      const own = visible.filter(({ scope }) => scope === Scope)
      const found =
        own.find((entry) => entry.key === key) ??
        prefixes.flatMap((prefix) => own.filter((entry) => entry.key.startsWith(prefix)))[0]
      if (found === undefined) continue
      return json({ ok: true, signed_download_url: this.#grant(found.blob, 'r', host), matched_key: found.key })
    }
    return json({ ok: false })
  }

  #list({ url, headers }: ServedRequest): ServedAnswer {
    if (headers.authorization !== 'Bearer github-token') return json({ message: 'Bad credentials' }, 401)
    const { key: prefix = '', ref, page = '1', per_page: size = '30' } = Object.fromEntries(url.searchParams)
    const found = this.entries.filter(
      ({ key, scope, size: stored }) => stored !== undefined && key.startsWith(prefix) && scope === ref,
    )
    const start = (Number(page) - 1) * Number(size)
    const shown = found.slice(start, start + Number(size))
    const list = shown.map((entry) => ({ key: entry.key, ref: entry.scope, size_in_bytes: entry.size }))
    return json({ total_count: found.length, actions_caches: list })
  }
}

interface Fields {
  readonly key: string
  readonly version: string
  readonly restore_keys?: readonly string[]
  readonly size_bytes?: string
}

interface Scope {
  readonly Scope: string
  readonly Permission: number
}

function scopesOf(authorization: string | undefined): readonly Scope[] | undefined {
  const [, claims] = /^Bearer [\w-]+\.([\w-]+)\./.exec(authorization ?? '') ?? []
  if (claims === undefined) return undefined
  return JSON.parse(JSON.parse(Buffer.from(claims, 'base64url').toString()).ac)
}

function writableScope(scopes: readonly Scope[]): string | undefined {
  return scopes.find(({ Permission }) => Permission === readWrite)?.Scope
}

function json(body: object, status: number = 200): ServedAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

function twirp(status: number, code: string): ServedAnswer {
  return json({ code, msg: `about ${code}` }, status)
}
