import { expect, test } from 'vitest'
import type { BuildEvent } from '../../progress/event.ts'
import { MemorySink } from '../testing/invocation.ts'
import { plainRenderer } from './plain.ts'

/** Output for events, each at its own time in milliseconds. */
function rendered(
  events: readonly (readonly [now: number, event: BuildEvent])[],
  { colors = false, verbose = false, error }: { colors?: boolean; verbose?: boolean; error?: Error } = {},
): string {
  const sink = new MemorySink()
  let now = 0
  const { report, close } = plainRenderer(sink, { colors, verbose, now: () => now })
  for (const [time, event] of events) {
    now = time
    report(event)
  }
  close(error)
  return sink.text
}

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`
const run = { vertex: 'r', name: '[build 2/4] RUN npm ci' }
const log = (text: string): BuildEvent => ({
  type: 'log',
  vertex: 'r',
  stream: 'stdout',
  data: Buffer.from(text),
  time: 0,
})

test('steps, logs, cached steps, transfers and warnings', () => {
  const events = [
    [0, { type: 'vertex-started', vertex: 'f', name: `[build 1/4] FROM node@${digest}`, time: 0 }],
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
  ] as const
  expect(rendered(events, { verbose: true }).split('\n').slice(0, 4)).toEqual([
    `#1 [build 1/4] FROM node@${digest}`,
    '#1 sha256:abc 1.5MB / 2.0MB 294kB/s',
    '#1 sha256:abc 2.0MB done',
    '#1 DONE 6.1s',
  ])
  expect(rendered(events)).toBe(`#1 [build 1/4] FROM node@sha256:0123456789ab
#1 1.5MB / 2.0MB  288kB/s
#1 DONE 6.1s, 2.0MB

#2 [build 3/4] COPY . .
#2 CACHED

#3 [build 2/4] RUN npm ci
#3 0.123 added 3
WARNING: JSONArgsRecommended: use JSON (line 4)
#3 1.200 packages
#3 DONE 1.2s
`)
})

test('a pause between two contents of a step prints nothing', () => {
  const sent = (done: number): BuildEvent => ({ type: 'transfer', vertex: 'f', id: String(done), done, total: done })
  const events = [
    [0, { type: 'vertex-started', vertex: 'f', name: 'uploading layers', time: 0 }],
    [100, sent(1000)],
    [9000, sent(2000)],
    [9000, { type: 'vertex-finished', vertex: 'f', time: 9000 }],
  ] as const
  expect(rendered(events)).toBe('#1 uploading layers\n#1 DONE 9.0s, 3.0kB\n')
})

const lines = (count: number): string => Array.from({ length: count }, (_, index) => `line ${index}\n`).join('')
const other = { vertex: 'o', name: 'other' }

test('a failed step whose log was the last thing printed says no more: its message is printed by the caller', () => {
  const events = [
    [0, { type: 'vertex-started', ...run, time: 0 }],
    [500, log(lines(2))],
    [600, { type: 'vertex-finished', vertex: 'r', time: 600, error: 'exit code: 1' }],
  ] as const
  const printed = '#1 [build 2/4] RUN npm ci\n#1 0.500 line 0\n#1 0.500 line 1\n#1 ERROR 0.6s\n'
  expect(rendered(events, { error: new Error('exit code: 1') })).toBe(printed)
  expect(rendered(events, { error: new Error('another') })).toBe(`${printed}#1 ERROR: exit code: 1\n`)
})

test('the log of a failed step is repeated at the end where another spoke between, or long after', () => {
  const repeated = `------\n > [build 2/4] RUN npm ci:\n${lines(12).split('\n').slice(2).join('\n')}------\n`
  const between = rendered([
    [0, { type: 'vertex-started', ...run, time: 0 }],
    [500, log(lines(9))],
    [500, { type: 'vertex-started', ...other, time: 500 }],
    [500, log('line 9\nline 10\nline 11\n')],
    [600, { type: 'vertex-finished', vertex: 'r', time: 600, error: '' }],
    [700, { type: 'vertex-finished', vertex: 'o', time: 700, canceled: true }],
  ])
  expect(between.slice(between.indexOf('#1 ERROR'))).toBe(`#1 ERROR 0.6s\n#2 CANCELED 0.2s\n${repeated}`)
  const after = rendered([
    [0, { type: 'vertex-started', ...run, time: 0 }],
    [500, log(lines(12))],
    [600, { type: 'vertex-finished', vertex: 'r', time: 600, error: '' }],
    [600, { type: 'vertex-started', ...other, time: 600 }],
    [700, { type: 'log', vertex: 'o', stream: 'stdout', data: Buffer.from('x\n'.repeat(12)), time: 0 }],
  ])
  expect(after.endsWith(`x\n${repeated}`)).toBe(true)
})

test('escape sequences of a step are taken out; colours stay where they may', () => {
  const events = [
    [0, { type: 'vertex-started', ...run, time: 0 }],
    [0, log('\u001b[2J\u001b[31mred\u001b]0;t\u0007\n')],
  ] as const
  expect(rendered(events)).toBe('#1 [build 2/4] RUN npm ci\n#1 0.000 red\n')
  expect(rendered(events, { colors: true })).toBe('#1 [build 2/4] RUN npm ci\n#1 0.000 \u001b[31mred\u001b[0m\n')
})
