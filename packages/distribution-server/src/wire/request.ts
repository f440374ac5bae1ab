import type { Bytes } from '@tsbuild/content'
import type { Access } from '../names/scope.ts'

/** A request as endpoints see it: read, and allowed. */
export interface RegistryRequest {
  readonly method: string
  readonly query: URLSearchParams
  /** The first value of a header; undefined without one. */
  header(name: string): string | undefined
  /** Bytes of the body by `Content-Length`; undefined for a body in chunks. */
  readonly contentLength: number | undefined
  /** Opens the body, once. It rejects when the client breaks off or is too slow. */
  body(): Bytes
  /** True if the client also has these rights. */
  allows(access: Access): Promise<boolean>
}
