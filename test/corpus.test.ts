import { rules } from '@tsbuild/dockerfile'
import { describe, expect, test } from 'vitest'
import { check } from '../src/subrequest/check.ts'
import { targets } from '../src/subrequest/targets.ts'
import { corpusCases, corpusInput, readCorpusFile } from './support/corpus.ts'

/** A range in a JSON answer, as far as it matters here. */
interface Found {
  readonly location: { readonly ranges?: readonly { readonly start: { readonly line: number } }[] }
}

/** Expected answers of a case: `expected.json` beside its Dockerfile. */
interface Expected {
  readonly warnings: readonly { readonly rule: string; readonly lines: readonly number[]; readonly message: string }[]
  readonly error?: { readonly lines: readonly number[]; readonly message: string }
}

interface CheckDocument {
  readonly warnings: readonly (Found & { readonly ruleName: string; readonly detail: string })[]
  readonly buildError?: Found & { readonly message: string }
}

const expectedIn = (name: string): Expected => JSON.parse(readCorpusFile(name, 'expected.json') ?? '')
const linesOf = ({ location }: Found): readonly number[] => (location.ranges ?? []).map(({ start }) => start.line)

async function findingsIn(name: string): Promise<Expected> {
  const answer = await check(corpusInput(name))
  const { warnings, buildError }: CheckDocument = JSON.parse(JSON.stringify(answer.json))
  return {
    warnings: warnings.map((found) => ({ rule: found.ruleName, lines: linesOf(found), message: found.detail })),
    ...(buildError !== undefined && { error: { lines: linesOf(buildError), message: buildError.message } }),
  }
}

describe('check finds what is to be found', () => {
  test.each(corpusCases)('%s', async (name) => {
    expect(await findingsIn(name)).toEqual(expectedIn(name))
  })
})

test('the corpus has fifty files and more', () => {
  expect(corpusCases.length).toBeGreaterThanOrEqual(50)
})

test('every rule is found somewhere, and there are files without fault', () => {
  const found = corpusCases.map(expectedIn)
  expect(new Set(found.flatMap(({ warnings }) => warnings.map(({ rule }) => rule)))).toEqual(new Set(rules.keys()))
  expect(found.filter(({ warnings, error }) => warnings.length === 0 && error === undefined).length).toBeGreaterThan(3)
})

test('stages are listed with any findings of the linter', async () => {
  const { text } = await targets(corpusInput('all-instructions'))
  expect(text).toBe('TARGET        DESCRIPTION\nbase          everything starts here\napp (default) what is shipped\n')
})
