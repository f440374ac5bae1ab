import { expect, test } from 'vitest'
import { MemorySink } from '../testing/invocation.ts'
import { prompt } from './prompt.ts'

const questions = [{ label: 'Username: ' }, { label: 'Password: ', hidden: true }]

async function type(keys: string, signal = new AbortController().signal) {
  const modes: boolean[] = []
  const stderr = new MemorySink()
  const stdin = {
    isTTY: true,
    setRawMode: (on: boolean) => modes.push(on),
    [Symbol.asyncIterator]: async function* () {
      // One byte at a time, as a slow typist, so that characters come in pieces.
      for (const byte of Buffer.from(keys)) yield Buffer.from([byte])
    },
  }
  const outcome = await prompt({ stdin, stderr, signal }, questions).catch((error: unknown) => error)
  expect(modes).toEqual([true, false])
  return { outcome, shown: stderr.text }
}

test('shows the name, hides the password, and takes corrections', async () => {
  expect(await type('anm\u007fn\rgeheimä\u007f\u007fM\n')).toEqual({
    outcome: ['ann', 'geheiM'],
    shown: 'Username: anm\b \bn\r\nPassword: \r\n',
  })
})

test.each(['ann\r\u0003', 'ann\r\u0004', 'ann\r'])('%j ends it, and the terminal is as before', async (keys) => {
  expect((await type(keys)).outcome).toMatchObject({ code: 'ABORTED' })
})

test('an aborted call ends it', async () => {
  expect((await type('ann\r', AbortSignal.abort(new Error('stop')))).outcome).toMatchObject({ message: 'stop' })
})
