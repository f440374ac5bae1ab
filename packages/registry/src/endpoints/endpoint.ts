import type { Bytes } from '@tsbuild/content'
import type { HttpRequest, HttpResponse } from '../http.ts'

/** Actions a token must allow. */
export type Action = 'pull' | 'push' | 'delete'

/** One call of the distribution API as data; `callEndpoint` runs it. */
export interface Endpoint<T> {
  readonly method: HttpRequest['method']
  /** A path of the registry, or the URL a Location header gave. */
  readonly path: string
  readonly accept?: readonly string[]
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: EndpointBody
  readonly actions: readonly Action[]
  /** Another repository of the same registry that must be readable. */
  readonly alsoPull?: string
  /** Verb phrase for errors; the caller adds the repository: `push blob sha256:… to`. */
  readonly describe: string
  /** Tag or digest of what it is about, which errors name behind the repository. */
  readonly reference?: string
  /** The answer is large. */
  readonly isLarge?: boolean
  /** Attempts at most, where the policy of the client allows more. */
  readonly attempts?: number
  /** Statuses `decode` understands; all others are errors. */
  readonly expects: readonly number[]
  /** Reads the answer and its body. */
  decode(response: HttpResponse): Promise<T> | T
}

export interface EndpointBody {
  readonly mediaType: string
  /** Bytes. */
  readonly size: number
  open(): Bytes
  /** `open` works only once. */
  readonly once: boolean
}
