import type { DifferenceKind, PathDifference } from '@tsbuild/tree'
import type { Verdict } from './verify-step.ts'

/** Paths that a message names. */
const shown = 3

/** Verdict in one clause about the step: `gives another result: "/now" has other content`. */
export function describeVerdict(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'same':
      return verdict.times === 0 ? 'gives the same result' : `gives the same result, but for ${describeTimes(verdict)}`
    case 'different':
      return verdict.damaged === true
        ? 'gives the files of the cached layer, but the record has the digest of others'
        : `gives another result: ${describePaths(verdict.paths)}`
    case 'failed':
      return `fails now: ${verdict.reason}`
    case 'unknown':
      return `could not be verified: ${verdict.reason}`
  }
}

/** One line for each path: `"/now" has other content`. */
export function listDifferences(paths: readonly PathDifference[]): readonly string[] {
  return paths.map(({ path, kinds }) => {
    const name = JSON.stringify(`/${path}`)
    if (kinds.includes('added')) return `${name} is only in the new result`
    if (kinds.includes('removed')) return `${name} is only in the cached result`
    const words = kinds.filter((kind) => kind !== 'time').map((kind) => kindWords[kind])
    return `${name} has ${words.join(' and ')}`
  })
}

const kindWords: Readonly<Record<DifferenceKind, string>> = {
  added: 'been added',
  removed: 'been removed',
  type: 'another type',
  content: 'other content',
  mode: 'another mode',
  owner: 'another owner',
  attributes: 'other extended attributes',
  time: 'another time',
}

function describePaths(paths: readonly PathDifference[]): string {
  const more = paths.length - shown
  const lines = listDifferences(paths.slice(0, shown)).join(', ')
  return more > 0 ? `${lines}, and ${more} more ${more === 1 ? 'path differs' : 'paths differ'}` : lines
}

function describeTimes({ times }: Extract<Verdict, { kind: 'same' }>): string {
  return times === 1 ? 'the time of one file' : `the times of ${times} files`
}
