import type { EndpointContext } from '../endpoints/call-endpoint.ts'
import type { Endpoint } from '../endpoints/endpoint.ts'
import { redactUrl } from '../redact.ts'
import type { Continuation } from '../resume.ts'

/** Reports the repetition of a request whose body broke off: the retry middleware passes those. */
export async function reportRetry(
  { onRetry, origin }: EndpointContext,
  { method, path }: Pick<Endpoint<unknown>, 'method' | 'path'>,
  { attempt, delay, error }: Continuation,
): Promise<void> {
  if (onRetry === undefined) return
  const url = new URL(path, await origin())
  const request = `${method} ${redactUrl(url)}`
  onRetry({ host: url.host, request, attempt, delay, reason: error.message, asked: error.retryAfter !== undefined })
}
