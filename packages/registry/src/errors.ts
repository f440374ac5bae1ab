import { type ErrorDetails, TsbuildError } from '@tsbuild/errors'
import { redactUrls } from './redact.ts'

/**
 * Stable codes for programs. Content checks fail with the codes of `ContentError`, and this error
 * as cause.
 */
export type RegistryErrorCode =
  | 'REGISTRY_UNAUTHORIZED'
  | 'REGISTRY_DENIED'
  | 'REGISTRY_NOT_FOUND'
  | 'REGISTRY_TOO_MANY_REQUESTS'
  | 'REGISTRY_TIMEOUT'
  | 'REGISTRY_UNREACHABLE'
  | 'REGISTRY_UNAVAILABLE'
  | 'REGISTRY_PROTOCOL'
  | 'REGISTRY_TOO_LARGE'
  /** No room is left for the account or repository. */
  | 'REGISTRY_QUOTA'
  /** The tag exists, and the registry does not let it name another image. */
  | 'REGISTRY_TAG_IMMUTABLE'
  /** The server does not speak TLS, or its certificate is not trusted. */
  | 'REGISTRY_TLS'
  | 'REGISTRY_MANIFEST_INVALID'
  /** Other bytes than the requested ones. */
  | 'REGISTRY_WRONG_CONTENT'
  | 'CREDENTIALS_UNREADABLE'
  /** A file with certificates or settings of registries. */
  | 'REGISTRY_CONFIG_INVALID'
  /** The settings of registries forbid its use. */
  | 'REGISTRY_BLOCKED'

/**
 * One entry of the `errors` array a registry answers with (distribution-spec, spec.md § Error
 * Codes).
 */
export interface WireError {
  readonly code: string
  readonly message: string
}

export interface RegistryErrorOptions extends ErrorDetails {
  /** Host of the registry, with its port. */
  readonly registry?: string | undefined
  /** HTTP status, when there was an answer. */
  readonly status?: number | undefined
  /** The same call may succeed later. */
  readonly temporary?: boolean | undefined
  /** Milliseconds that the registry asks to wait for (Retry-After). */
  readonly retryAfter?: number | undefined
  readonly errors?: readonly WireError[] | undefined
  /** Times that the request was sent. Default: 1. */
  readonly attempts?: number | undefined
  /** Fault of TLS: the server does not speak it, or its certificate is not trusted. */
  readonly tls?: 'absent' | 'untrusted' | undefined
}

/** Remedies that hold for every program. */
const hints: Partial<Record<RegistryErrorCode, (registry: string) => string>> = {
  REGISTRY_UNAVAILABLE: (registry) => `the fault is at ${registry}: try again later`,
  REGISTRY_TIMEOUT: () => wayHint,
  REGISTRY_UNREACHABLE: () => wayHint,
  REGISTRY_QUOTA: (registry) => `remove old images at ${registry}, or ask its administrator for a higher quota`,
  REGISTRY_TAG_IMMUTABLE: () => 'push under another tag',
}

const wayHint =
  'check the name of the registry and the network; a proxy is taken from HTTPS_PROXY, exceptions from NO_PROXY'

/**
 * A registry, or the way to it, failed. The message never holds a password, a token or the query of
 * an URL.
 */
export class RegistryError extends TsbuildError<RegistryErrorCode> {
  override readonly name = 'RegistryError'
  readonly registry: string | undefined
  readonly status: number | undefined
  readonly temporary: boolean
  readonly retryAfter: number | undefined
  readonly errors: readonly WireError[]
  readonly attempts: number
  readonly tls: 'absent' | 'untrusted' | undefined

  constructor(code: RegistryErrorCode, message: string, options: RegistryErrorOptions = {}) {
    super(code, redactUrls(message), options)
    this.registry = options.registry
    this.status = options.status
    this.temporary = options.temporary ?? false
    this.retryAfter = options.retryAfter
    this.errors = options.errors ?? []
    this.attempts = options.attempts ?? 1
    this.tls = options.tls
  }

  /**
   * The same failure with its operation: `push blob sha256:… to registry.example/app: 403
   * Forbidden`.
   */
  during(operation: string, registry: string): RegistryError {
    const hint = this.hint ?? (this.tls === undefined ? hints[this.code]?.(registry) : undefined)
    return this.#with(`${operation}: ${this.message}`, { hint, registry })
  }

  /** The same failure of a request that was sent this often: `500 … (5 attempts)`. */
  tried(attempts: number): RegistryError {
    return attempts > this.attempts ? this.#with(`${this.message} (${attempts} attempts)`, { attempts }) : this
  }

  #with(message: string, details: RegistryErrorOptions): RegistryError {
    const { hint, registry, status, temporary, retryAfter, errors, attempts, tls, cause } = this
    const own = { hint, registry, status, temporary, retryAfter, errors, attempts, tls, cause }
    return new RegistryError(this.code, message, { ...own, ...details })
  }
}
