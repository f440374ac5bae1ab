import { Code } from '@connectrpc/connect'
import { expect, test } from 'vitest'
import { endWithoutResult, type Loss, Losses, lossOf } from './losses.ts'

const loss = (lost: string, of: Loss['of']): Loss => ({ lost, of })

/** Adds losses until there is no other attempt. */
function addAll(given: readonly Loss[]): { readonly notes: readonly string[]; readonly error: unknown } {
  const losses = new Losses('grpc://farm')
  const notes: string[] = []
  for (const one of given) {
    try {
      notes.push(losses.add(one))
    } catch (error) {
      return { notes, error }
    }
  }
  return { notes, error: undefined }
}

test('a worker that is lost gets four attempts', () => {
  const { notes, error } = addAll(Array.from({ length: 5 }, () => loss('exit code 137', 'worker')))
  expect(notes).toEqual([2, 3, 4].map((number) => `the worker was lost (exit code 137): attempt ${number} of 4`))
  expect(error).toMatchObject({
    code: 'REMOTE_UNAVAILABLE',
    message: '4 workers of grpc://farm were lost: exit code 137',
  })
})

test('a server that fails three times in the same way is not asked again', () => {
  const texts = ['INTERNAL: operation 3f2a9c01-77aa failed', 'INTERNAL: operation 99 failed']
  const { notes, error } = addAll([...texts, ...texts].map((text) => loss(text, 'server')))
  expect(notes).toHaveLength(2)
  expect(error).toMatchObject({
    code: 'REMOTE_REFUSED',
    message: 'grpc://farm failed to execute the step 3 times: INTERNAL: operation 3f2a9c01-77aa failed',
  })
})

test('different failures count as accidents', () => {
  const texts = ['INTERNAL: no disk', 'UNKNOWN: no answer', 'INTERNAL: no disk', 'INTERNAL: no memory']
  const { notes, error } = addAll(texts.map((text) => loss(text, 'server')))
  expect(notes).toHaveLength(3)
  expect(error).toMatchObject({ code: 'REMOTE_UNAVAILABLE' })
})

test('a program that ends twice without a result does not run there', () => {
  const { error } = addAll(Array.from({ length: 2 }, () => loss('exit code 127: no such library', 'program')))
  expect(error).toMatchObject({ code: 'REMOTE_REFUSED', message: expect.stringContaining('exit code 127') })
})

test('statuses say whose failure it is', () => {
  const of = (code: Code, message = 'x'): unknown => {
    try {
      return lossOf({ status: { $typeName: 'google.rpc.Status', code, message, details: [] }, message: '' }, {})?.of
    } catch (error) {
      return error
    }
  }
  expect([Code.Internal, Code.Unknown].map((code) => of(code))).toEqual(['server', 'server'])
  expect([Code.Unavailable, Code.Aborted, Code.FailedPrecondition].map((code) => of(code))).toEqual(
    Array.from({ length: 3 }, () => 'worker'),
  )
  expect(of(Code.InvalidArgument, 'Unable to execute [./tsbuild/start]: Text file busy')).toBe('worker')
  for (const code of [Code.InvalidArgument, Code.PermissionDenied, Code.DeadlineExceeded])
    expect(of(code)).toMatchObject({ code: 'REMOTE_REFUSED' })
})

test('an end without a result is that of a worker if it was killed', async () => {
  const end = (exitCode: number): Promise<Loss> =>
    endWithoutResult({ exitCode, stderrRaw: Buffer.from('first\nlast\n') }, () =>
      Promise.reject(new Error('nothing is stored')),
    )
  expect(await end(137)).toEqual({ lost: 'exit code 137: last', of: 'worker' })
  expect(await end(127)).toEqual({ lost: 'exit code 127: last', of: 'program' })
})
