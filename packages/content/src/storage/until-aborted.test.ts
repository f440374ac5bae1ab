import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { untilAborted } from './until-aborted.ts'

test('an action that ends first is its result', async () => {
  const { signal } = new AbortController()
  expect(await untilAborted(async () => 1, signal)).toBe(1)
  await expect(untilAborted(() => Promise.reject(new Error('own')), signal)).rejects.toThrow('own')
})

test('an abort comes first, and a later failure of the action is no unhandled rejection', async () => {
  const controller = new AbortController()
  const action = Promise.withResolvers<never>()
  const given = untilAborted(() => action.promise, controller.signal)
  controller.abort(new Error('stop'))
  await expect(given).rejects.toThrow('stop')
  action.reject(new Error('too late'))
  await sleep(0)
})

test('nothing is begun after an abort', async () => {
  let begun = false
  const action = async (): Promise<void> => void (begun = true)
  await expect(untilAborted(action, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop')
  expect(begun).toBe(false)
})
