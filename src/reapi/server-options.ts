/** A server that speaks the Remote Execution API v2. */
export interface ReapiServer {
  /** `grpc://HOST:PORT` without TLS, `grpcs://HOST[:PORT]` with. */
  readonly url: string
  /** Instance of the server. Default: the one without a name. */
  readonly instance?: string
  /**
   * Headers of every call. Default: none.
   *
   * @example { authorization: `Bearer ${process.env.TOKEN}` }
   */
  readonly headers?: Readonly<Record<string, string>>
  /** File with the authorities to trust (PEM). Default: those of Node. */
  readonly ca?: string
  /** File with a certificate of the client (PEM). Default: none. */
  readonly cert?: string
  /** File with the key of the certificate (PEM). */
  readonly key?: string
}

/** Name of a server for people; without headers, which may be secret. */
export function serverName({ url, instance }: Pick<ReapiServer, 'url' | 'instance'>): string {
  return instance === undefined || instance === '' ? url : `${url}/${instance}`
}

/** True for the URL of a server: a scheme, a host and a port. */
export function isReapiUrl(url: string): boolean {
  return /^grpcs?:\/\/[^/?#@\s]+\/?$/.test(url) && URL.canParse(url.replace(/^grpc/, 'http'))
}
