import type { HttpResponse } from '../http.ts'

/** The media type an answer announces, without parameters; empty when it announces none. */
export function mediaTypeOf(response: HttpResponse): string {
  return (response.headers.get('content-type') ?? '').split(';', 1)[0]?.trim() ?? ''
}
