import { expect, test } from 'vitest'
import { printFailure } from './print-failure.ts'
import { MemorySink } from './test-invocation.ts'

const range = { start: { line: 2, column: 1 }, end: { line: 2, column: 7 } }
const source = { name: 'app/Dockerfile', text: 'FROM scratch\nCPY a b\n' }

async function printed(...args: Parameters<typeof printFailure> extends [unknown, ...infer Rest] ? Rest : never): Promise<string> {
  const sink = new MemorySink()
  await printFailure(sink, ...args)
  return sink.text
}

test('message, causes and hint', async () => {
  const failure = { code: 'X', message: 'Cannot build', causes: ['no space'], hint: 'free some' }
  expect(await printed(failure, { json: false, colors: false })).toBe('error: Cannot build\n  caused by: no space\nhint: free some\n')
})

test('place and code frame', async () => {
  const text = await printed({ message: 'unknown instruction: CPY', causes: [], range }, { json: false, colors: false, source })
  expect(text).toMatch(/^error: unknown instruction: CPY\n\napp\/Dockerfile:2\n/)
  expect(text).toMatch(/> 2 \| CPY a b\n.*\^{6}/)
})

test('a range without a text still has its line', async () => {
  expect(await printed({ message: 'x', causes: [], range }, { json: false, colors: false })).toBe('error: x\n\nDockerfile:2\n')
})

test('the same as one JSON line', async () => {
  const failure = { code: 'UNKNOWN_INSTRUCTION', message: 'unknown\ninstruction', causes: [], hint: 'COPY?', range }
  const text = await printed(failure, { json: true, colors: false, source })
  expect(text.match(/\n/g)).toHaveLength(1)
  expect(JSON.parse(text)).toEqual({
    type: 'error',
    code: 'UNKNOWN_INSTRUCTION',
    message: 'unknown\ninstruction',
    hint: 'COPY?',
    file: 'app/Dockerfile',
    line: 2,
    frame: expect.stringContaining('CPY a b'),
  })
})

test('nothing from outside reaches the terminal as a command', async () => {
  const failure = { message: 'a\u001b[2Jb\u001b]0;title\u0007c', causes: ['x\r\u001b[31my'], hint: '\u009b5Az' }
  const text = await printed(failure, { json: false, colors: false })
  expect(text).toBe('error: abc\n  caused by: xy\nhint: z\n')
})
