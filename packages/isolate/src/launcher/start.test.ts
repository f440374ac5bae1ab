import { closeSync, mkdtempSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { loadLibc } from '../machine/libc.ts'
import { awaitCaller, planChild, recordKey } from '../machine/children.ts'
import { effectiveCapabilities } from '../plan/host.ts'
import type { Call } from '../machine/call.ts'
import { recordSize, reportFd } from '../machine/machine-code.ts'
import { startLauncher } from './start.ts'

const scratch = mkdtempSync(join(tmpdir(), 'start-'))
afterAll(() => rmSync(scratch, { recursive: true }))

test('a parent that fails after the fork takes its child along and is reported', async () => {
  const fail: Call = { name: 'chdir', args: ['/nowhere'], purpose: 'enter nowhere' }
  const calls: readonly Call[] = [
    // No signal tells the child that its parent ends.
    ...planChild(0)
      .filter(({ name }) => name !== 'prctl')
      .map((call) => (call.otherwise ? { ...call, otherwise: [...call.otherwise.slice(0, 1), fail] } : call)),
    { name: 'read', args: [3, new Uint8Array(8), 1], purpose: 'wait for ever' },
  ]
  const { ended } = startLauncher(calls, { scratch, stdio: ['ignore', 'ignore', 'ignore'] })
  await expect(ended).rejects.toMatchObject({ message: 'cannot enter nowhere: ENOENT (no such file or directory)' })
})

test('capabilities are the same from the kernel as from /proc', () => {
  expect(loadLibc().effectiveCapabilities()).toBe(effectiveCapabilities())
})

test('a child that reports its listener before its parent reports the child goes on', async () => {
  const libc = loadLibc()
  const [stdin, gate] = libc.pipe()
  const wait: Call = { name: 'read', args: [0, new Uint8Array(8), 1], purpose: 'wait for the gate' }
  const record = new Uint8Array(BigUint64Array.of(recordKey.listener, 7n).buffer)
  const calls: readonly Call[] = [
    ...planChild(0).map((call) => (call.otherwise ? { ...call, otherwise: [wait, ...call.otherwise] } : call)),
    { name: 'write', args: [reportFd, record, recordSize], purpose: 'report the listener' },
    awaitCaller('wait for the supervisor'),
    { name: 'exit_group', args: [5], purpose: 'exit' },
  ]
  const listeners: { readonly pid: number; readonly fd: number }[] = []
  const onListener = (process: { readonly pid: number; readonly fd: number }): void => void listeners.push(process)
  const { ended } = startLauncher(calls, { scratch, stdio: [stdin, 'ignore', 'ignore'], onListener })
  await setTimeout(200)
  writeSync(gate, 'x')
  expect(await ended).toEqual({ code: 5 })
  expect(listeners).toEqual([{ pid: expect.any(Number), fd: 7 }])
  for (const fd of [stdin, gate]) closeSync(fd)
})

test('an error of the listener ends the process and is the reason', async () => {
  const record = new Uint8Array(BigUint64Array.of(recordKey.listener, 7n).buffer)
  const calls: readonly Call[] = [
    ...planChild(0),
    { name: 'write', args: [reportFd, record, recordSize], purpose: 'report the listener' },
    awaitCaller('wait for the supervisor'),
  ]
  const onListener = (): void => {
    throw new Error('no supervisor')
  }
  const { ended, child } = startLauncher(calls, { scratch, stdio: ['ignore', 'ignore', 'ignore'], onListener })
  await expect(ended).rejects.toThrow('no supervisor')
  expect(child.exitCode).toBe(0)
})
