import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCodes } from '@tsbuild/errors'
import { describe, expect, test } from 'vitest'
import { errorPagePath, formatErrorPage } from '../scripts/error-page.ts'
import { readSourceFiles } from './support/source-files.ts'

const root = join(import.meta.dirname, '..')
const table = 'packages/errors/src/codes.ts'

test('every code is the code of some error', () => {
  const used = new Set(readSourceFiles().flatMap(({ path }) => (path === table ? [] : codesIn(readFile(path)))))
  expect(errorCodes.filter((code) => !used.has(code))).toEqual([])
})

test('docs/errors.md is what scripts/error-page.ts writes', () => {
  expect(readFileSync(errorPagePath, 'utf8')).toBe(formatErrorPage())
})

test('every code has a cause and a remedy, and a place in the order of its list', () => {
  const rows = [...formatErrorPage().matchAll(/^\| `([A-Z_0-9]+)` \| ([^|]+) \| ([^|]+) \|$/gm)]
  expect(rows.map(([, code]) => code)).toEqual(errorCodes)
})

describe('the check can fail', () => {
  test('members of a union and comparisons are no use', () => {
    const text = "type A = 'ONE' | 'TWO'\ntype B =\n  /** Three. */\n  | 'THREE'\nif (code === 'FOUR') new E('FIVE')"
    expect(codesIn(text)).toEqual(['FIVE'])
  })
})

function readFile(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

/** Texts in the form of a code, without members of unions and right sides of comparisons. */
function codesIn(text: string): readonly string[] {
  const rest = text
    .replaceAll(/\btype \w+ =\s*\|?\s*'[A-Z_0-9]+'/g, '')
    .replaceAll(/\|\s*'[A-Z_0-9]+'/g, '')
    .replaceAll(/[!=]==\s*'[A-Z_0-9]+'/g, '')
  return [...rest.matchAll(/'([A-Z][A-Z_0-9]+)'/g)].flatMap(([, code]) => code ?? [])
}
