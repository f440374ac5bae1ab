import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'

/** An answer with its whole body. */
export interface SpecAnswer {
  readonly status: number
  readonly headers: Headers
  readonly body: Buffer
}

export interface SpecRequest {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
}

/** An image that was pushed. */
export interface PushedImage {
  readonly digest: string
  readonly bytes: Buffer
  readonly config: string
  readonly layer: string
}

export const imageType = 'application/vnd.oci.image.manifest.v1+json'
export const indexType = 'application/vnd.oci.image.index.v1+json'

/**
 * Requests of the specification to one repository of its own, with nothing but `fetch`: no code of
 * the product takes part.
 */
export class SpecClient {
  readonly base: string
  readonly repository: string

  constructor(host: string, repository = `spec/${randomBytes(6).toString('hex')}`) {
    this.base = `http://${host}`
    this.repository = repository
  }

  /** The same registry, another repository. */
  other(): SpecClient {
    return new SpecClient(this.base.slice('http://'.length))
  }

  /** Sends a request; a path that does not begin with `/v2/` is one of the repository. */
  async send(method: string, path: string, { headers = {}, body }: SpecRequest = {}): Promise<SpecAnswer> {
    const target = path.startsWith('/') ? path : `/v2/${this.repository}/${path}`
    const response = await fetch(new URL(target, this.base), {
      method,
      headers,
      redirect: 'manual',
      ...(body !== undefined && { body: typeof body === 'string' ? body : Buffer.from(body) }),
    })
    return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) }
  }

  /** Begins an upload and returns its location. */
  async begin(query = ''): Promise<string> {
    const { status, headers } = await this.send('POST', `blobs/uploads/${query}`)
    assert.equal(status, 202)
    return this.location(headers)
  }

  location(headers: Headers): string {
    const location = headers.get('location')
    assert.ok(location !== null, 'no Location')
    const url = new URL(location, this.base)
    return `${url.pathname}${url.search}`
  }

  /** Pushes a blob with POST and PUT. Returns its digest. */
  async pushBlob(bytes: Uint8Array, algorithm: 'sha256' | 'sha512' = 'sha256'): Promise<string> {
    const digest = digestOf(bytes, algorithm)
    const location = await this.begin(algorithm === 'sha256' ? '' : `?digest-algorithm=${algorithm}`)
    const { status } = await this.send('PUT', withDigest(location, digest), { headers: octets, body: bytes })
    assert.equal(status, 201)
    return digest
  }

  async pushManifest(manifest: unknown, reference?: string, mediaType = imageType): Promise<PushedManifest> {
    const bytes = Buffer.from(typeof manifest === 'string' ? manifest : JSON.stringify(manifest))
    const digest = digestOf(bytes)
    const answer = await this.send('PUT', `manifests/${reference ?? digest}`, {
      headers: { 'content-type': mediaType },
      body: bytes,
    })
    return { answer, digest, bytes }
  }

  /** Pushes an image with one layer, with more members in its manifest. */
  async pushImage(reference?: string, members: Readonly<Record<string, unknown>> = {}): Promise<PushedImage> {
    const layerBytes = randomBytes(100)
    const configBytes = Buffer.from(
      JSON.stringify({ architecture: 'amd64', os: 'linux', id: randomBytes(6).toString('hex') }),
    )
    const [layer, config] = [await this.pushBlob(layerBytes), await this.pushBlob(configBytes)]
    const manifest = {
      schemaVersion: 2,
      mediaType: imageType,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config, size: configBytes.length },
      layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: layer, size: layerBytes.length }],
      ...members,
    }
    const { answer, digest, bytes } = await this.pushManifest(manifest, reference)
    assert.equal(answer.status, 201, answer.body.toString())
    return { digest, bytes, config, layer }
  }
}

interface PushedManifest {
  readonly answer: SpecAnswer
  readonly digest: string
  readonly bytes: Buffer
}

export const octets = { 'content-type': 'application/octet-stream' }

export function digestOf(bytes: Uint8Array, algorithm: 'sha256' | 'sha512' = 'sha256'): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`
}

export function withDigest(location: string, digest: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}digest=${digest}`
}

/** Codes of an error answer. */
export function errorCodes({ body }: SpecAnswer): readonly string[] {
  const { errors }: { readonly errors: readonly { readonly code: string }[] } = JSON.parse(body.toString())
  return errors.map(({ code }) => code)
}
