import { readdir } from 'node:fs/promises'
import { type ErrorCode, TsbuildError } from '@tsbuild/errors'
import { describe, expect, test } from 'vitest'
import { describeFailure } from './failure.ts'

const range = { start: { line: 2, column: 1 }, end: { line: 2, column: 13 } }
const source = { name: 'app/Dockerfile', text: 'FROM scratch\nCOPY bulid /b\n' }

describe('the chain of causes', () => {
  test('facts of the nearest error that has them', () => {
    const inner = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' })
    const middle = new TsbuildError('REGISTRY_UNREACHABLE', 'cannot pull base', { cause: inner, range, hint: 'inner' })
    expect(describeFailure(new TsbuildError('IMAGE_UNRESOLVED', 'cannot build', { cause: middle }))).toEqual({
      code: 'IMAGE_UNRESOLVED',
      category: 'network',
      message: 'cannot build',
      exitCode: 4,
      causes: [
        { code: 'REGISTRY_UNREACHABLE', message: 'cannot pull base' },
        { code: 'ECONNREFUSED', message: 'connection refused' },
      ],
      hint: 'inner',
      file: 'Dockerfile',
      line: 2,
      column: 1,
      end: { line: 2, column: 13 },
    })
  })

  test('an error without a code around one that has one', () => {
    const cause = new TsbuildError('USAGE', 'no such flag', { hint: 'see --help', suggestion: 'y' })
    expect(describeFailure(new Error('wrapped', { cause }))).toEqual({
      code: 'USAGE',
      category: 'usage',
      message: 'wrapped',
      exitCode: 2,
      causes: [{ code: 'USAGE', message: 'no such flag' }],
      hint: 'see --help',
      suggestion: 'y',
    })
  })

  test('what is no error, has no message, or is its own cause', () => {
    expect(describeFailure('text')).toMatchObject({ code: 'INTERNAL', message: 'text', causes: [] })
    expect(describeFailure(Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })).message).toBe(
      'ECONNREFUSED',
    )
    const ring = new Error('ring')
    ring.cause = ring
    expect(describeFailure(ring)).toMatchObject({ message: 'ring', causes: [] })
  })

  test('causes that repeat the message are left out', () => {
    const cause = new TsbuildError('RUN_FAILED', 'it failed', { processExitCode: 7 })
    const error = new TsbuildError('RUN_FAILED', 'it failed', { cause, step: '[1/1] RUN x' })
    expect(describeFailure(error)).toMatchObject({ causes: [], processExitCode: 7, step: '[1/1] RUN x', exitCode: 1 })
  })
})

describe('an error that only collects others', () => {
  const real = new TsbuildError('NO_SPACE', 'the store is full')

  test('a failed clean-up does not cover up the cause', async () => {
    const failing = async (): Promise<void> => {
      await using _first = { [Symbol.asyncDispose]: () => Promise.reject(new Error('cannot unmount')) }
      await using _second = { [Symbol.asyncDispose]: () => Promise.reject(new Error('cannot end')) }
      throw real
    }
    const thrown = await failing().catch((error: unknown) => error)
    expect(thrown).toHaveProperty('name', 'SuppressedError')
    expect(describeFailure(thrown)).toMatchObject({ code: 'NO_SPACE', message: 'the store is full', causes: [] })
  })

  test('one error out of one attempt is the cause', () => {
    expect(describeFailure(new AggregateError([real], 'all failed'))).toMatchObject({ code: 'NO_SPACE', causes: [] })
  })

  test('of several, the first is a cause', () => {
    const both = new AggregateError([real, new Error('no route')], 'all failed')
    expect(describeFailure(both)).toMatchObject({
      code: 'NO_SPACE',
      message: 'all failed',
      causes: [{ code: 'NO_SPACE', message: 'the store is full' }],
    })
  })
})

describe('the place', () => {
  test('is the word at fault where the file is known', () => {
    const error = new TsbuildError('SOURCE_NOT_FOUND', 'x', { range, source, word: 'bulid' })
    expect(describeFailure(error)).toMatchObject({
      file: 'app/Dockerfile',
      line: 2,
      column: 6,
      end: { line: 2, column: 11 },
      frame: '  1 | FROM scratch\n> 2 | COPY bulid /b\n    |      ^^^^^',
    })
  })

  test('is the whole range for a word that came out of a variable', () => {
    const error = new TsbuildError('SOURCE_NOT_FOUND', 'x', { range, source, word: 'elsewhere' })
    expect(describeFailure(error)).toMatchObject({ column: 1 })
  })
})

test.for<[ErrorCode, number]>([
  ['USAGE', 2],
  ['OPTION_INVALID', 2],
  ['OUTPUT_CONFLICT', 2],
  ['CONTEXT_NOT_FOUND', 2],
  ['DOCKERFILE_NOT_FOUND', 2],
  ['NO_RUNG', 3],
  ['RUNG_UNAVAILABLE', 3],
  ['REGISTRY_UNAUTHORIZED', 4],
  ['CREDENTIALS_UNREADABLE', 4],
  ['ABORTED', 130],
  ['RUN_FAILED', 1],
  ['UNKNOWN_INSTRUCTION', 1],
])('code %s ends with %d', ([code, status]) => {
  expect(describeFailure(new TsbuildError(code, 'x')).exitCode).toBe(status)
  const wrapped = new TsbuildError('IMAGE_UNRESOLVED', 'wrapped', { cause: new TsbuildError(code, 'x') })
  expect(describeFailure(wrapped).exitCode).toBe(status)
})

describe('a fault of tsbuild', () => {
  const bug = { code: 'INTERNAL', category: 'internal', exitCode: 1, hint: expect.stringContaining('bug in tsbuild') }

  test('is an error that nothing but a fault explains', () => {
    expect(describeFailure(new TypeError('x is not a function'))).toMatchObject(bug)
    expect(describeFailure(new TsbuildError('INTERNAL', 'x', { cause: new TypeError('x') }))).toMatchObject(bug)
  })

  test.for(['/proc/none', '/proc/version'])('is not what the system answers about %s', async (path) => {
    const error = await readdir(path).catch((error: unknown) => error)
    const { hint = '', ...failure } = describeFailure(error)
    expect(failure).toMatchObject({ code: 'SYSTEM_ERROR', category: 'build', exitCode: 1 })
    expect(hint).not.toContain('bug')
  })

  test.for([
    ['EACCES', 'SYSTEM_ERROR'],
    ['ENOSPC', 'NO_SPACE'],
    ['ECONNRESET', 'NETWORK_ERROR'],
    ['ERR_MODULE_NOT_FOUND', 'PACKAGE_INCOMPLETE'],
  ] as const)('is not %s, which has the code %s', ([own, code]) => {
    const { hint = '', ...failure } = describeFailure(Object.assign(new Error('x'), { code: own }))
    expect(failure).toMatchObject({ code, causes: [{ code: own }] })
    expect(hint).not.toContain('bug')
  })
})
