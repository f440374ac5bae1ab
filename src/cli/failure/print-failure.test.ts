import { expect, test } from 'vitest'
import type { Failure } from '../../failure.ts'
import { type FailureFormat, printFailure } from './print-failure.ts'
import { MemorySink } from '../testing/invocation.ts'

const plain = { json: false, colors: false }
const failure: Failure = { code: 'RUN_FAILED', category: 'build', message: 'cannot build', exitCode: 1, causes: [] }
const place = {
  file: 'app/Dockerfile',
  line: 2,
  column: 1,
  end: { line: 2, column: 4 },
  frame: '> 2 | CPY a b\n    | ^^^',
}

function printed(facts: Partial<Failure>, format: FailureFormat = plain): string {
  const sink = new MemorySink()
  printFailure(sink, { ...failure, ...facts }, format)
  return sink.text
}

test('message, causes that say something new, and hint', () => {
  const causes = [{ message: 'no space' }, { code: 'ENOSPC', message: 'no space' }, { message: 'build' }]
  const call = [{ code: 'ENOTDIR', message: "ENOTDIR: not a directory, open '/x/y'" }]
  expect(printed({ message: 'cannot unpack "y": ENOTDIR: not a directory', causes: call })).not.toContain('caused by')
  expect(printed({ causes, hint: 'free some' })).toBe('error: cannot build\n  caused by: no space\nhint: free some\n')
})

test('place and code frame', () => {
  expect(printed({ ...place, hint: 'did you mean COPY?' })).toBe(
    'error: cannot build\n\napp/Dockerfile:2:1\n> 2 | CPY a b\n    | ^^^\n\nhint: did you mean COPY?\n',
  )
})

test('the same as one JSON line', () => {
  const facts = { ...place, message: 'unknown\ninstruction', hint: 'COPY?' }
  const text = printed(facts, { json: true, colors: true })
  expect(text.match(/\n/g)).toHaveLength(1)
  expect(JSON.parse(text)).toEqual({ type: 'error', ...failure, ...facts })
})

test('nothing from outside reaches the terminal as a command', () => {
  const text = printed({
    message: 'a\u001b[2Jb\u001b]0;title\u0007c',
    causes: [{ message: 'x\r\u001b[31my' }],
    hint: '\u009b5Az',
  })
  expect(text).toBe('error: abc\n  caused by: xy\nhint: z\n')
})

test('a name that fills the screen is shortened, but not in JSON', () => {
  const message = `cannot copy "${'n'.repeat(3000)}.txt": not found`
  expect(printed({ message })).toBe(`error: cannot copy "${'n'.repeat(119)}…${'n'.repeat(34)}.txt": not found\n`)
  expect(printed({ message }, { json: true, colors: false })).toContain('n'.repeat(3000))
})

test('colours only on request', () => {
  expect(printed({}, { json: false, colors: true })).toBe('\u001b[31merror\u001b[0m: cannot build\n')
})
