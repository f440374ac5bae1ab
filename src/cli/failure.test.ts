import { expect, test } from 'vitest'
import { describeFailure, exitCodeOf } from './failure.ts'
import { UsageError } from './usage-error.ts'

const range = { start: { line: 3, column: 1 }, end: { line: 3, column: 9 } }

test('the outermost code, hint and range count, wherever they are in the chain', () => {
  const inner = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED', hint: 'inner hint' })
  const middle = Object.assign(new Error('Cannot pull base', { cause: inner }), { range })
  expect(describeFailure(new Error('Cannot build', { cause: middle }))).toEqual({
    message: 'Cannot build',
    causes: ['Cannot pull base', 'connection refused'],
    code: 'ECONNREFUSED',
    hint: 'inner hint',
    range,
  })
})

test('a cause that was said already is left out', () => {
  const cause = new Error('disk full')
  const outer = new Error('Cannot write layer: disk full', { cause: new Error('disk full', { cause }) })
  expect(describeFailure(outer)).toEqual({ message: 'Cannot write layer: disk full', causes: [] })
})

test('what is no error, has no message, or is its own cause', () => {
  expect(describeFailure('text')).toEqual({ message: 'text', causes: [] })
  expect(describeFailure(new AggregateError([new Error('no route')], 'all failed')).causes).toEqual(['no route'])
  const silent = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' })
  expect(describeFailure(silent).message).toBe('ECONNREFUSED')
  const ring = new Error('ring')
  ring.cause = ring
  expect(describeFailure(ring)).toEqual({ message: 'ring', causes: [] })
})

test('a range that is none is not taken for one', () => {
  expect(describeFailure(Object.assign(new RangeError('x'), { range: 'all' }))).toEqual({ message: 'x', causes: [] })
  expect(describeFailure(Object.assign(new Error('x'), { range: { start: 1, end: 2 } }))).toEqual({ message: 'x', causes: [] })
})

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
  expect(exitCodeOf(Object.assign(new Error('x'), { code }))).toBe(status)
  expect(exitCodeOf(new Error('wrapped', { cause: Object.assign(new Error('x'), { code }) }))).toBe(status)
})

test('the outermost telling code wins', () => {
  expect(exitCodeOf(new UsageError('x', { cause: Object.assign(new Error('y'), { code: 'ENOTFOUND' }) }))).toBe(2)
})
