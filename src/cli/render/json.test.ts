import { expect, test } from 'vitest'
import { MemorySink } from '../testing/invocation.ts'
import { jsonRenderer } from './json.ts'

test('one object a line, the version first, logs as text or base64', () => {
  const sink = new MemorySink()
  const { report, close } = jsonRenderer(sink)
  report({ type: 'vertex-started', vertex: 'a', name: 'RUN a', time: 5 })
  report({ type: 'log', vertex: 'a', stream: 'stderr', data: Buffer.from('é\n'), time: 0 })
  report({ type: 'log', vertex: 'a', stream: 'stdout', data: Uint8Array.of(0xc3), time: 0 })
  close()
  expect(sink.text).toMatch(/^([^\n]+\n){4}$/)
  expect(
    sink.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toEqual([
    { type: 'schema', version: 1 },
    { type: 'vertex-started', vertex: 'a', name: 'RUN a', time: 5 },
    { type: 'log', vertex: 'a', stream: 'stderr', text: 'é\n', time: 0 },
    { type: 'log', vertex: 'a', stream: 'stdout', data: 'ww==', time: 0 },
  ])
})
