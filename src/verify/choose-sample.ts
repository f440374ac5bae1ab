import type { Digest } from '@tsbuild/oci'
import { keyOf } from '../solve/key.ts'

const digits = 12

/**
 * True if a step is one of the sample. Each step is chosen with the same probability, independently
 * of the others; the same seed always chooses the same steps.
 */
export function isChosen(key: Digest, { percent, seed }: { readonly percent: number; readonly seed: string }): boolean {
  const number = Number.parseInt(keyOf('sample', [seed, key]).slice(-digits), 16)
  return number < (percent / 100) * 16 ** digits
}
