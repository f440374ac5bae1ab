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
  | 'REGISTRY_MANIFEST_INVALID'
  /** Other bytes than the requested ones. */
  | 'REGISTRY_WRONG_CONTENT'
  | 'CREDENTIALS_UNREADABLE'

/**
 * One entry of the `errors` array a registry answers with (distribution-spec, spec.md § Error
 * Codes).
 */
export interface WireError {
  readonly code: string
  readonly message: string
}

export interface RegistryErrorOptions extends ErrorDetails {
  /** HTTP status, when there was an answer. */
  readonly status?: number | undefined
  /** The same call may succeed later. */
  readonly temporary?: boolean | undefined
  readonly errors?: readonly WireError[] | undefined
}

/**
 * A registry, or the way to it, failed. The message never holds a password, a token or the query of
 * an URL.
 */
export class RegistryError extends TsbuildError<RegistryErrorCode> {
  override readonly name = 'RegistryError'
  readonly status: number | undefined
  readonly temporary: boolean
  readonly errors: readonly WireError[]

  constructor(code: RegistryErrorCode, message: string, options: RegistryErrorOptions = {}) {
    super(code, redactUrls(message), options)
    this.status = options.status
    this.temporary = options.temporary ?? false
    this.errors = options.errors ?? []
  }

  /**
   * The same failure with its operation: `push blob sha256:… to registry.example/app: 403
   * Forbidden`.
   */
  during(operation: string): RegistryError {
    const { hint, status, temporary, errors, cause } = this
    return new RegistryError(this.code, `${operation}: ${this.message}`, { hint, status, temporary, errors, cause })
  }
}
