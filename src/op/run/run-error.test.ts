import { expect, test } from 'vitest'
import { RunError } from './run-error.ts'

const ended = { exitCode: 1, outOfMemory: false } as const

test('a message has the command and the exit code', () => {
  const error = RunError.ofProcess(['/bin/sh', '-c', 'echo "a"'], { ...ended, exitCode: 3 })
  expect(error).toMatchObject({ code: 'RUN_FAILED', processExitCode: 3 })
  expect(error.hint).toBeUndefined()
  expect(error.message).toBe('process "/bin/sh -c echo \\"a\\"" did not complete successfully: exit code: 3')
})

test('a message has the known reasons', () => {
  const hint = (exitCode: number) => RunError.ofProcess(['x'], { ...ended, exitCode }).hint
  expect([hint(127), hint(126), hint(2)]).toEqual([
    expect.stringContaining('not found'),
    expect.stringContaining('mode'),
    undefined,
  ])
  expect(RunError.ofProcess(['x'], { ...ended, exitCode: 137, signal: 'SIGKILL' }).message).toMatch(
    /137 \(killed by SIGKILL\)$/,
  )
  expect(RunError.ofProcess(['x'], { exitCode: 137, outOfMemory: true })).toMatchObject({
    code: 'RUN_OUT_OF_MEMORY',
    message: expect.stringMatching(/\(killed: out of memory\)$/),
    hint: expect.stringContaining('memory'),
  })
})

test('a test command that is false is no broken JSON form', () => {
  const hint = (command: string, exitCode: number) =>
    RunError.ofProcess(['/bin/sh', '-c', command], { ...ended, exitCode }).hint
  expect(hint('["apk" "add"]', 127)).toContain('JSON form')
  expect(hint(`[ 'apk', 'add' ]`, 2)).toContain('JSON form')
  expect(hint('[ "$TARGETARCH" = amd64 ]', 1)).toBeUndefined()
})

test('a limit that ended it is named', () => {
  const killed = { exitCode: 137, signal: 'SIGKILL', outOfMemory: true } as const
  expect(RunError.ofProcess(['x'], { ...killed, reached: { limit: 'memory', value: 64 << 20 } })).toMatchObject({
    code: 'RUN_OUT_OF_MEMORY',
    message: expect.stringMatching(/137 \(killed: out of memory, it reached the limit of 64 MiB, --memory\)$/),
    hint: expect.stringContaining('raise the limit'),
  })
  expect(
    RunError.ofProcess(['x'], { ...killed, outOfMemory: false, reached: { limit: 'pids', value: 30 } }),
  ).toMatchObject({
    code: 'RUN_PIDS_LIMIT',
    message: expect.stringMatching(/137 \(killed: it reached the limit of 30 processes and threads, --pids-limit\)$/),
  })
})
