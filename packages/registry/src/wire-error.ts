import { RegistryError, type RegistryErrorCode, type WireError } from './errors.ts'
import { drain, type HttpResponse, statusText } from './http.ts'
import { isTemporaryStatus, readRetryAfter } from './middleware/retry.ts'

/** Limit of an error's body, in bytes. */
const maxBody = 64 * 1024
const maxErrors = 10
const maxText = 300

/**
 * Error for an unexpected answer: `operation: 404 Not Found: MANIFEST_UNKNOWN manifest unknown`.
 * Reads the body.
 */
export async function errorFrom(response: HttpResponse, operation: string): Promise<RegistryError> {
  const { status } = response
  const text = Buffer.from(await drain(response, maxBody)).toString()
  const errors = parseWireErrors(text)
  const plain = /^text\/plain\b/.test(response.headers.get('content-type') ?? '') ? [clean(text)] : []
  const details = errors.length > 0 ? errors.map((error) => `${error.code} ${error.message}`.trim()) : plain
  const answer = await statusText(status)
  const message = [operation, answer, details.join('; ')].filter((piece) => piece !== '').join(': ')
  const retryAfter = readRetryAfter(response.headers.get('retry-after'))
  return new RegistryError(chooseCode(status, errors), message, {
    status,
    errors,
    temporary: isTemporaryStatus(status),
    retryAfter,
    hint:
      status === 429 && retryAfter !== undefined
        ? `${response.url.host} limits requests: try again in ${formatWait(retryAfter)}`
        : undefined,
  })
}

/** `45 s`, `30 min`; rounded up, as an earlier request would be refused again. */
function formatWait(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000)
  return seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`
}

/**
 * Reads `{"errors":[{code,message}]}` (distribution-spec § Error Codes); anything else is no error
 * at all.
 */
function parseWireErrors(text: string): readonly WireError[] {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return []
  }
  if (typeof body !== 'object' || body === null || !('errors' in body) || !Array.isArray(body.errors)) return []
  const entries: readonly unknown[] = body.errors
  return entries.slice(0, maxErrors).flatMap((entry) => {
    if (typeof entry !== 'object' || entry === null || !('code' in entry) || typeof entry.code !== 'string') return []
    const message = 'message' in entry && typeof entry.message === 'string' ? entry.message : ''
    return [{ code: clean(entry.code), message: clean(message) }]
  })
}

/** Text from a registry goes to a terminal: no control characters, one line, bounded. */
function clean(text: string): string {
  return text
    .slice(0, maxText)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
}

function chooseCode(status: number, errors: readonly WireError[]): RegistryErrorCode {
  if (status === 401) return 'REGISTRY_UNAUTHORIZED'
  if (status === 403) return 'REGISTRY_DENIED'
  if (status === 404) return 'REGISTRY_NOT_FOUND'
  if (status === 413) return 'REGISTRY_TOO_LARGE'
  if (status === 429) return 'REGISTRY_TOO_MANY_REQUESTS'
  if (status >= 500) return 'REGISTRY_UNAVAILABLE'
  return errors.some((error) => error.code === 'MANIFEST_INVALID') ? 'REGISTRY_MANIFEST_INVALID' : 'REGISTRY_PROTOCOL'
}
