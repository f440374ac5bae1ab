/**
 * Codes of the specification (distribution-spec § Error Codes), and `UNKNOWN` for answers of 500
 * and above.
 */
export type WireCode =
  | 'BLOB_UNKNOWN'
  | 'BLOB_UPLOAD_INVALID'
  | 'BLOB_UPLOAD_UNKNOWN'
  | 'DENIED'
  | 'DIGEST_INVALID'
  | 'MANIFEST_BLOB_UNKNOWN'
  | 'MANIFEST_INVALID'
  | 'MANIFEST_UNKNOWN'
  | 'NAME_INVALID'
  | 'NAME_UNKNOWN'
  | 'SIZE_INVALID'
  | 'TOOMANYREQUESTS'
  | 'UNAUTHORIZED'
  | 'UNKNOWN'
  | 'UNSUPPORTED'

const statuses: Readonly<Record<WireCode, number>> = {
  BLOB_UNKNOWN: 404,
  BLOB_UPLOAD_INVALID: 400,
  BLOB_UPLOAD_UNKNOWN: 404,
  DENIED: 403,
  DIGEST_INVALID: 400,
  MANIFEST_BLOB_UNKNOWN: 404,
  MANIFEST_INVALID: 400,
  MANIFEST_UNKNOWN: 404,
  NAME_INVALID: 400,
  NAME_UNKNOWN: 404,
  SIZE_INVALID: 400,
  TOOMANYREQUESTS: 429,
  UNAUTHORIZED: 401,
  UNKNOWN: 500,
  UNSUPPORTED: 405,
}

/** More about an error answer. */
export interface WireErrorDetails {
  /** Instead of the usual status of the code. */
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  /** Plain JSON for the field `detail`. */
  readonly detail?: unknown
}

/** A request that is answered with an error of the specification. */
export class WireError extends Error {
  override readonly name = 'WireError'
  readonly code: WireCode
  readonly status: number
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly detail: unknown

  constructor(code: WireCode, message: string, details: WireErrorDetails = {}) {
    super(message)
    this.code = code
    this.status = details.status ?? statuses[code]
    this.headers = details.headers ?? {}
    this.detail = details.detail
  }

  /** The body that the specification wants. */
  get body(): string {
    const { code, message, detail } = this
    return `${JSON.stringify({ errors: [{ code, message, ...(detail !== undefined && { detail }) }] })}\n`
  }
}
