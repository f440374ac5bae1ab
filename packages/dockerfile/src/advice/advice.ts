import type { Dockerfile, Warning } from '../syntax/dockerfile.ts'
import type { Range } from '@tsbuild/errors'

/** A rule of tsbuild's own, off unless requested; BuildKit's findings stay as they are. */
export interface Advice {
  readonly rule: string
  readonly description: string
  /** True for what is right for nearly every image: the set `recommended`. */
  readonly recommended: boolean
  /** Linear in the size of the file. */
  readonly run: (dockerfile: Dockerfile) => readonly Finding[]
}

/** Sentence about a place. */
export interface Finding {
  readonly message: string
  readonly range: Range
}

/** Findings of a rule as warnings. */
export function toWarnings({ rule, run }: Advice, dockerfile: Dockerfile): readonly Warning[] {
  return run(dockerfile).map((finding) => ({ rule, ...finding }))
}
