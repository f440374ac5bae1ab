import type { AwsKeys } from './sign-v4.ts'

/** Keys that may expire. */
export interface FoundKeys extends AwsKeys {
  /** Milliseconds since 1970. */
  readonly expires?: number
}
