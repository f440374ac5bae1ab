import { expect, test } from 'vitest'
import { Ledger } from '../ledger/ledger.ts'
import { Supervisors } from './supervisors.ts'

test('a process that has no listener is an error', async () => {
  const supervising = new Supervisors().supervise(
    { pid: process.pid, fd: 99_999 },
    { ledger: new Ledger(), user: { uid: 0, gid: 0, groups: [] } },
  )
  await expect(supervising).rejects.toMatchObject({
    code: 'SUPERVISOR_FAILED',
    message: expect.stringMatching(/^cannot take the listener of process \d+: EBADF \(/),
  })
})
