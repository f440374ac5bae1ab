import type { HostSettings } from '../http.ts'

/** A host that answers for a repository. */
export interface RegistryHost {
  /** `registry.example:5000`, of which credentials are used. */
  readonly host: string
  /** Scheme, host and port. Hosts that may use plain HTTP are asked once whether they use TLS. */
  readonly origin: () => Promise<URL>
  /** Path of the distribution API; `/v2` unless a file has another. */
  readonly apiRoot: string
  /** Name of the repository on this host. */
  readonly repository: string
  readonly settings?: HostSettings
}

/** A host that only answers reading requests, for some references. */
export interface MirrorHost extends RegistryHost {
  /** Resolves tags. */
  readonly tags: boolean
  /** Has content by digest. `after-tag`: once it has resolved a tag of the repository. */
  readonly digests: boolean | 'after-tag'
  /** Name of the registry, for the query `ns` of containerd. */
  readonly namespace?: string
}

/** Hosts for a repository, and the file that names them. */
export interface Route {
  /** The file; undefined for the name itself. */
  readonly decidedBy: string | undefined
  /** Table or keys of that file, as a reader finds them there. */
  readonly setting: string | undefined
  /** No request may be sent. */
  readonly blocked: boolean
  /** Asked before the origin, in this order. */
  readonly mirrors: readonly MirrorHost[]
  readonly origin: RegistryHost
}
