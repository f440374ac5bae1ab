import type { HttpResponse } from '../http.ts'

/** The `rel="next"` target of a Link header (RFC 8288), if it stays at this registry. */
export function nextPage(response: HttpResponse): string | undefined {
  const target = /<([^>]*)>\s*;\s*rel="?next"?/.exec(response.headers.get('link') ?? '')?.[1]
  if (target === undefined || !URL.canParse(target, response.url.href)) return undefined
  const url = new URL(target, response.url)
  return url.origin === response.url.origin ? url.href : undefined
}
