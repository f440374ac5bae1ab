import { describe, expect, test } from 'vitest'
import { codeOf, TsbuildError } from './tsbuild-error.ts'

const range = { start: { line: 2, column: 1 }, end: { line: 2, column: 5 } }
const source = { name: 'Dockerfile', text: 'FROM scratch\nCOPY a b\n' }

describe('facts', () => {
  test('are those of the error, then those of its cause', () => {
    const cause = new TsbuildError('SOURCE_NOT_FOUND', 'not found', { hint: 'inner', suggestion: 'b', range })
    const error = new TsbuildError('IMAGE_UNRESOLVED', 'cannot copy', { cause, hint: 'outer' })
    expect(error).toMatchObject({ hint: 'outer', suggestion: 'b', range, cause })
    expect(error.step).toBeUndefined()
  })

  test('are added once: the first one stays', () => {
    const error = new TsbuildError('RUN_FAILED', 'failed').add({ hint: 'first' }).add({ hint: 'second', range })
    expect(error).toMatchObject({ hint: 'first', range })
  })

  test('without a value are no properties, and a log of the error leaves the file out', () => {
    const error = new TsbuildError('RUN_FAILED', 'failed', { source, hint: undefined })
    expect(error.source).toBe(source)
    expect(Object.keys(error)).toEqual(['name', 'code', 'category'])
  })
})

test.for([
  ['USAGE', undefined, 'usage'],
  ['IMAGE_UNRESOLVED', undefined, 'build'],
  ['IMAGE_UNRESOLVED', new TsbuildError('REGISTRY_TIMEOUT', 'late'), 'network'],
  ['IMAGE_UNRESOLVED', Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }), 'network'],
  ['IMAGE_UNRESOLVED', Object.assign(new Error('denied'), { code: 'EACCES' }), 'build'],
  ['IMAGE_UNRESOLVED', new TypeError('x is not a function'), 'build'],
  ['RUNG_CANNOT', new TsbuildError('REGISTRY_TIMEOUT', 'late'), 'isolation'],
] as const)('%s with the cause %s has the category %s', ([code, cause, category]) => {
  expect(new TsbuildError(code, 'x', { cause }).category).toBe(category)
})

test.for([
  [new TsbuildError('NO_SPACE', 'full'), 'NO_SPACE'],
  [Object.assign(new Error('x'), { code: 'ENOSPC' }), 'NO_SPACE'],
  [Object.assign(new Error('x'), { code: 'ENOENT' }), 'SYSTEM_ERROR'],
  [Object.assign(new Error('x'), { code: 'UND_ERR_CONNECT_TIMEOUT' }), 'NETWORK_ERROR'],
  [Object.assign(new Error('x'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }), 'NETWORK_ERROR'],
  [Object.assign(new Error('x'), { code: 'ERR_MODULE_NOT_FOUND' }), 'PACKAGE_INCOMPLETE'],
  [AbortSignal.abort().reason, 'ABORTED'],
  [Object.assign(new Error('x'), { code: 'toString' }), 'COPY_FAILED'],
  [new TypeError('x'), 'COPY_FAILED'],
  ['text', 'COPY_FAILED'],
] as const)('the code of %s is %s', ([cause, code]) => {
  expect(codeOf(cause, 'COPY_FAILED')).toBe(code)
})
