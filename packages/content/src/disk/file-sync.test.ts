import { expect, test } from 'vitest'
import { FileSync } from './file-sync.ts'

const mebibyte = 1024 * 1024

test('a file is synced while it is written, one sync of the process at a time', async () => {
  const ends: (() => void)[] = []
  const file = { datasync: () => new Promise<void>((resolve) => ends.push(resolve)) }
  const [sync, other] = [new FileSync(file), new FileSync(file)]
  for (let index = 0; index < 63; index++) sync.add(mebibyte)
  expect(ends).toHaveLength(0)
  for (let index = 0; index < 200; index++) sync.add(mebibyte)
  other.add(64 * mebibyte)
  expect(ends).toHaveLength(1)
  ends[0]?.()
  await new Promise(setImmediate)
  other.add(mebibyte)
  expect(ends).toHaveLength(2)
  ends[1]?.()
  const ended = other.end()
  await new Promise(setImmediate)
  expect(ends).toHaveLength(3)
  ends[2]?.()
  await ended
})

test('the failure of an early sync fails the file', async () => {
  const failures = [new Error('no space left')]
  const file = {
    datasync: async () => {
      const failure = failures.pop()
      if (failure !== undefined) throw failure
    },
  }
  const sync = new FileSync(file)
  sync.add(64 * mebibyte)
  await new Promise(setImmediate)
  await expect(sync.end()).rejects.toThrow('no space left')
})
