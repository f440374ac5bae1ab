import { mkdir, readdir, readlink, rename } from 'node:fs/promises'
import { TsbuildError } from '@tsbuild/errors'
import { expect, test } from 'vitest'
import { describeFailure } from './failure.ts'
import { explainSystemError } from './system-error.ts'

async function failureOf(action: () => Promise<unknown>): Promise<unknown> {
  return action().then(
    () => undefined,
    (error: unknown) => error,
  )
}

test.each([
  [() => readdir('/proc/none'), 'cannot list directory "/proc/none": it does not exist'],
  [
    () => readlink('/proc/version'),
    'cannot read link "/proc/version": the file system or the kernel does not accept this',
  ],
  [() => mkdir('/proc/version/x'), 'cannot make directory "/proc/version/x": a part of its path is not a directory'],
  [() => mkdir('/proc/none/x'), 'cannot make directory "/proc/none/x": a directory on its path does not exist'],
  [() => rename('/proc/none', '/proc/other'), 'cannot rename "/proc/none" to "/proc/other": it does not exist'],
])('%s in plain words', async (action, message) => {
  expect(explainSystemError(await failureOf(action))?.message).toBe(message)
})

test('a failure has the words everywhere, and the hint unless another error has a better one', () => {
  const cause = Object.assign(new Error("EACCES: permission denied, scandir '/ctx/private'"), {
    code: 'EACCES',
    syscall: 'scandir',
    path: '/ctx/private',
  })
  const message = 'cannot list directory "/ctx/private": permission denied'
  expect(describeFailure(cause)).toMatchObject({
    code: 'SYSTEM_ERROR',
    message,
    causes: [{ code: 'EACCES', message }],
    hint: 'give this user access to it, or run as its owner',
  })
  const outer = new TsbuildError('STORE_UNUSABLE', `cannot use it: ${cause.message}`, { cause, hint: 'better' })
  expect(describeFailure(outer)).toMatchObject({
    message: `cannot use it: ${message}`,
    causes: [{ code: 'EACCES', message }],
    hint: 'better',
  })
  const short = new Error('cannot unpack "x": EACCES: permission denied', { cause })
  expect(describeFailure(short).message).toBe('cannot unpack "x": permission denied')
})

test('errors of the network and of programs stay as they are', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), {
    code: 'ECONNREFUSED',
    syscall: 'connect',
  })
  expect(explainSystemError(refused)).toBeUndefined()
  expect(explainSystemError(new Error('x'))).toBeUndefined()
  expect(explainSystemError(Object.assign(new Error('x'), { code: 'toString', syscall: 'open' }))).toBeUndefined()
})
