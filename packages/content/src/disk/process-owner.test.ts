import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { currentOwner, checkLiveness } from './process-owner.ts'

const [pid, started, ...rest] = currentOwner().split('-')
const domain = rest.join('-')

test('this process is alive, an earlier one with its id is dead, others are unknown', () => {
  expect(checkLiveness(currentOwner())).toBe('alive')
  expect(checkLiveness(`${pid}-${Number(started) - 1}-${domain}`)).toBe('dead')
  expect(checkLiveness(`${pid}-${started}-elsewhere`)).toBe('unknown')
  expect(checkLiveness('rubbish')).toBe('unknown')
})

test('a process that has ended is dead', async () => {
  const child = spawn('true')
  await once(child, 'close')
  expect(checkLiveness(`${child.pid}-1-${domain}`)).toBe('dead')
})
