import { RegistryError, type RegistryErrorCode, type WireError } from './errors.ts'
import { drain, type HttpResponse, statusText } from './http.ts'
import { isTemporaryStatus } from './middleware/retry.ts'
import { describeLimit, readRateLimit } from './rate-limit.ts'

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
  const limit = readRateLimit(response.headers)
  return new RegistryError(chooseCode(response, errors), message, {
    status,
    errors,
    temporary: isTemporaryStatus(status),
    retryAfter: limit.wait,
    hint: status === 429 ? describeLimit(limit, response.url.host) : chooseHint(status, errors),
  }).tried(response.attempts ?? 1)
}

function chooseHint(status: number, errors: readonly WireError[]): string | undefined {
  if (status === 413) return 'a proxy before the registry may limit bodies, as nginx does with client_max_body_size'
  if (errors.some(({ code }) => code === 'MANIFEST_BLOB_UNKNOWN'))
    return 'the registry has lost content of an image in this repository: validate its tags, and remove the broken one'
  return undefined
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

/** Words of registries for a full account; there is no code for it. */
const quota = /quota|storage limit|insufficient storage/i
/** Words of registries for a tag that stays as it is. */
const immutable = /immutab|cannot be overwritten|does not allow updating/i

function chooseCode({ status, url }: HttpResponse, errors: readonly WireError[]): RegistryErrorCode {
  const says = (words: RegExp): boolean => errors.some(({ code, message }) => words.test(`${code} ${message}`))
  if (status === 401) return 'REGISTRY_UNAUTHORIZED'
  if (status === 404) return 'REGISTRY_NOT_FOUND'
  if (status === 402 || status === 507 || (status >= 400 && status < 500 && status !== 429 && says(quota)))
    return 'REGISTRY_QUOTA'
  if (status === 413) return 'REGISTRY_TOO_LARGE'
  if (status === 429) return 'REGISTRY_TOO_MANY_REQUESTS'
  if (status >= 500) return 'REGISTRY_UNAVAILABLE'
  if (url.pathname.includes('/manifests/') && says(immutable)) return 'REGISTRY_TAG_IMMUTABLE'
  if (status === 403) return 'REGISTRY_DENIED'
  return errors.some((error) => error.code === 'MANIFEST_INVALID') ? 'REGISTRY_MANIFEST_INVALID' : 'REGISTRY_PROTOCOL'
}
