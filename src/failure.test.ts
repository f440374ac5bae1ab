import { describe, expect, test } from 'vitest'
import { describeFailure } from './failure.ts'

const range = { start: { line: 2, column: 1 }, end: { line: 2, column: 13 } }
const source = { name: 'app/Dockerfile', text: 'FROM scratch\nCOPY bulid /b\n' }

describe('the chain of causes', () => {
  test('the outermost code, hint and range count, wherever they are', () => {
    const inner = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED', hint: 'inner hint' })
    const middle = Object.assign(new Error('cannot pull base', { cause: inner }), { range })
    expect(describeFailure(new Error('cannot build', { cause: middle }))).toEqual({
      code: 'ECONNREFUSED',
      message: 'cannot build',
      exitCode: 4,
      causes: [{ message: 'cannot pull base' }, { code: 'ECONNREFUSED', message: 'connection refused' }],
      hint: 'inner hint',
      file: 'Dockerfile',
      line: 2,
      column: 1,
      end: { line: 2, column: 13 },
    })
  })

  test('what is no error, has no message, or is its own cause', () => {
    expect(describeFailure('text')).toMatchObject({ message: 'text', causes: [] })
    expect(describeFailure(new AggregateError([new Error('no route')], 'all failed')).causes).toEqual([
      { message: 'no route' },
    ])
    expect(describeFailure(Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })).message).toBe(
      'ECONNREFUSED',
    )
    const ring = new Error('ring')
    ring.cause = ring
    expect(describeFailure(ring)).toMatchObject({ message: 'ring', causes: [] })
  })

  test('step, suggestion and the exit code of a process', () => {
    const cause = Object.assign(new Error('x'), { code: 'RUN_FAILED', exitCode: 7 })
    const error = Object.assign(new Error('x', { cause }), { step: '[1/1] RUN x', suggestion: 'y' })
    expect(describeFailure(error)).toMatchObject({
      exitCode: 1,
      processExitCode: 7,
      step: '[1/1] RUN x',
      suggestion: 'y',
    })
  })
})

describe('the place', () => {
  test('is the word at fault where the file is known', () => {
    const error = Object.assign(new Error('x'), { range, source, word: 'bulid' })
    expect(describeFailure(error)).toMatchObject({
      file: 'app/Dockerfile',
      line: 2,
      column: 6,
      end: { line: 2, column: 11 },
      frame: '  1 | FROM scratch\n> 2 | COPY bulid /b\n    |      ^^^^^',
    })
  })

  test('is the whole range for a word that came out of a variable', () => {
    expect(describeFailure(Object.assign(new Error('x'), { range, source, word: 'elsewhere' }))).toMatchObject({
      column: 1,
    })
  })

  test.each([{ range: 'all' }, { range: { start: 1, end: 2 } }, { range: { start: range.start } }])(
    '%j is no failure',
    (properties) => {
      expect(describeFailure(Object.assign(new Error('x'), properties))).not.toHaveProperty('line')
    },
  )
})

describe('exit codes', () => {
  test.for<[string | undefined, number]>([
    ['USAGE', 2],
    ['commander.unknownOption', 2],
    ['OUTPUT_CONFLICT', 2],
    ['CONTEXT_NOT_FOUND', 2],
    ['DOCKERFILE_NOT_FOUND', 2],
    ['NO_RUNG', 3],
    ['RUNG_UNAVAILABLE', 3],
    ['ISOLATION_REFUSED', 3],
    ['REGISTRY_UNAUTHORIZED', 4],
    ['ENOTFOUND', 4],
    ['UND_ERR_CONNECT_TIMEOUT', 4],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 4],
    ['ENOENT', 1],
    ['RUN_FAILED', 1],
    ['UNKNOWN_INSTRUCTION', 1],
    [undefined, 1],
  ])('code %s ends with %d', ([code, status]) => {
    expect(describeFailure(Object.assign(new Error('x'), { code })).exitCode).toBe(status)
    expect(describeFailure(new Error('wrapped', { cause: Object.assign(new Error('x'), { code }) })).exitCode).toBe(
      status,
    )
  })

  test('the outermost telling code wins', () => {
    const cause = Object.assign(new Error('y'), { code: 'ENOTFOUND' })
    const outer = Object.assign(new Error('x', { cause }), { code: 'USAGE' })
    expect(describeFailure(outer).exitCode).toBe(2)
  })
})

test('an unexpected error is called a bug in tsbuild', () => {
  expect(describeFailure(new TypeError('x is not a function'))).toMatchObject({
    code: 'INTERNAL',
    hint: expect.stringContaining('TSBUILD_DEBUG=1'),
  })
})
