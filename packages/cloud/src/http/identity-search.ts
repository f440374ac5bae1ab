import type { Environment, HttpClient } from '@tsbuild/registry'

/** Surroundings in which an identity is looked for. */
export interface IdentitySearch {
  readonly env: Environment
  readonly http: Pick<HttpClient, 'fetch' | 'signal'>
}
