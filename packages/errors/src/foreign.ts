import { constants } from 'node:os'
import type { ErrorCode } from './codes.ts'

/** Error numbers of network calls. */
const networkErrnos: ReadonlySet<string> = new Set([
  'EADDRNOTAVAIL',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
])

/** Codes of undici, and of TLS in Node and OpenSSL. */
const networkCodes =
  /^(UND_ERR_|CERT_|ERR_TLS_|ERR_SSL_)|^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY)$/

/**
 * The code for an error of Node, the system or a library; undefined for one that only a fault in
 * the program explains.
 */
export function classify(error: unknown): ErrorCode | undefined {
  if (!(error instanceof Error)) return undefined
  if (error.name === 'AbortError') return 'ABORTED'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (networkErrnos.has(code) || networkCodes.test(code)) return 'NETWORK_ERROR'
  if (code === 'ENOSPC' || code === 'EDQUOT') return 'NO_SPACE'
  if (/^(ERR_)?MODULE_NOT_FOUND$/.test(code)) return 'PACKAGE_INCOMPLETE'
  return Object.hasOwn(constants.errno, code) ? 'SYSTEM_ERROR' : undefined
}
