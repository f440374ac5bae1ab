import type { Environment, HttpClient } from '@tsbuild/registry'
import type { AwsKeys } from './sign-v4.ts'

/** Keys that may expire. */
export interface FoundKeys extends AwsKeys {
  /** Milliseconds since 1970. */
  readonly expires?: number
}

/** Surroundings in which keys are looked for. */
export interface KeySearch {
  readonly env: Environment
  readonly http: Pick<HttpClient, 'fetch' | 'signal'>
}
