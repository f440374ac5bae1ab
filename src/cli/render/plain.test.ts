import { expect, test } from 'vitest'
import type { BuildEvent } from '../../progress/event.ts'
import { MemorySink } from '../test-invocation.ts'
import { plainRenderer } from './plain.ts'

/** What is printed for events, each at its own time in milliseconds. */
function rendered(events: readonly (readonly [now: number, event: BuildEvent])[], colors = false): string {
  const sink = new MemorySink()
  let now = 0
  const { report, close } = plainRenderer(sink, { colors, now: () => now })
  for (const [time, event] of events) {
    now = time
    report(event)
  }
  close()
  return sink.text
}

const run = { vertex: 'r', name: '[build 2/4] RUN npm ci' }
const log = (text: string): BuildEvent => ({ type: 'log', vertex: 'r', stream: 'stdout', data: Buffer.from(text) })

test('steps, logs, cached steps, transfers and warnings', () => {
  const text = rendered([
    [0, { type: 'vertex-started', vertex: 'f', name: '[build 1/4] FROM node:22', time: 0 }],
    [100, { type: 'transfer', vertex: 'f', id: 'sha256:abc', done: 0, total: 2_000_000 }],
    [1000, { type: 'transfer', vertex: 'f', id: 'sha256:abc', done: 500_000, total: 2_000_000 }],
    [5200, { type: 'transfer', vertex: 'f', id: 'sha256:abc', done: 1_500_000, total: 2_000_000 }],
    [6000, { type: 'transfer', vertex: 'f', id: 'sha256:abc', done: 2_000_000, total: 2_000_000 }],
    [6100, { type: 'vertex-finished', vertex: 'f', time: 6100 }],
    [6100, { type: 'vertex-cached', vertex: 'c', name: '[build 3/4] COPY . .', time: 6100 }],
    [6200, { type: 'vertex-started', ...run, time: 6200 }],
    [6323, log('added 3\npack')],
    [7000, { type: 'warning', code: 'JSONArgsRecommended', message: 'use JSON', line: 4 }],
    [7000, log('ages')],
    [7400, { type: 'vertex-finished', vertex: 'r', time: 7400 }],
  ])
  expect(text).toBe(`#1 [build 1/4] FROM node:22
#1 sha256:abc 1.5MB / 2.0MB
#1 sha256:abc 2.0MB / 2.0MB done
#1 DONE 6.1s

#2 [build 3/4] COPY . .
#2 CACHED

#3 [build 2/4] RUN npm ci
#3 0.123 added 3
WARNING: use JSON (line 4)
#3 1.200 packages
#3 DONE 1.2s
`)
})

test('the log of a failed step is repeated at the end', () => {
  const text = rendered([
    [0, { type: 'vertex-started', ...run, time: 0 }],
    [0, { type: 'vertex-started', vertex: 'o', name: 'other', time: 0 }],
    [500, log(`${Array.from({ length: 12 }, (_, index) => `line ${index}`).join('\n')}\n`)],
    [600, { type: 'vertex-finished', vertex: 'r', time: 600, error: 'exit code: 1' }],
    [700, { type: 'vertex-finished', vertex: 'o', time: 700 }],
  ])
  expect(text).toContain('#1 ERROR: exit code: 1\n')
  const tail = Array.from({ length: 10 }, (_, index) => `line ${index + 2}\n`).join('')
  expect(text.slice(text.indexOf('------'))).toBe(`------\n > [build 2/4] RUN npm ci:\n${tail}------\n`)
})

test('escape sequences of a step are taken out; colours stay where they may', () => {
  const events = [
    [0, { type: 'vertex-started', ...run, time: 0 }],
    [0, log('\u001b[2J\u001b[31mred\u001b]0;t\u0007\n')],
  ] as const
  expect(rendered(events)).toBe('#1 [build 2/4] RUN npm ci\n#1 0.000 red\n')
  expect(rendered(events, true)).toBe('#1 [build 2/4] RUN npm ci\n#1 0.000 \u001b[31mred\u001b[0m\n')
})
