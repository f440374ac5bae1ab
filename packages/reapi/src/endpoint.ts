/** Address of a server that speaks the Remote Execution API, and the way to it. */
export interface ReapiEndpoint {
  /** `grpc://HOST:PORT` without TLS, `grpcs://HOST[:PORT]` with. */
  readonly url: string
  /** Instance of the server. Default: the one without a name. */
  readonly instance?: string
  /** Headers of every call; their values never appear in messages. Default: none. */
  readonly headers?: Readonly<Record<string, string>>
  /** PEM texts for `grpcs`. Default: the authorities of Node, and no certificate of the client. */
  readonly tls?: {
    /** Authorities to trust instead. */
    readonly ca?: string
    /** Certificate of the client. */
    readonly cert?: string
    /** Its key. */
    readonly key?: string
  }
}

/** Words that name something in paths of resources, which no instance may contain (REAPI v2). */
const reserved = ['blobs', 'uploads', 'actions', 'actionResults', 'operations', 'capabilities', 'compressed-blobs']

/**
 * URL of an endpoint for HTTP/2: `http` or `https`. Throws `TypeError` for anything else than the
 * two schemes, a host and a port, and for an instance that no server can have.
 */
export function transportUrl({ url, instance = '' }: Pick<ReapiEndpoint, 'url' | 'instance'>): string {
  const [, scheme, authority = ''] = /^(grpcs?):\/\/([^/?#@\s]+)\/?$/.exec(url) ?? []
  if (scheme === undefined || !URL.canParse(`http://${authority}`))
    throw new TypeError(`"${url.replace(/\/\/[^/]*@/, '//…@')}" is not grpc://HOST:PORT or grpcs://HOST:PORT`)
  if (instance.split('/').some((part) => reserved.includes(part)))
    throw new TypeError(`an instance cannot be named "${instance}"`)
  return `${scheme === 'grpc' ? 'http' : 'https'}://${authority}`
}

/** Path of a resource of an instance. */
export function resourceName({ instance = '' }: Pick<ReapiEndpoint, 'instance'>, ...parts: readonly string[]): string {
  return [...(instance === '' ? [] : [instance]), ...parts].join('/')
}
