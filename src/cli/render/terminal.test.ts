import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { BuildEvent } from '../../progress/event.ts'
import { TestScreen } from '../testing/screen.ts'
import { terminalRenderer } from './terminal.ts'

function started(vertex: string, name = vertex): BuildEvent {
  return { type: 'vertex-started', vertex, name, time: 0 }
}

function log(vertex: string, text: string): BuildEvent {
  return { type: 'log', vertex, stream: 'stdout', data: Buffer.from(text), time: 0 }
}

/** A view on a screen, with its clock and its frames in the hands of the test. */
function view(columns = 60, rows = 12) {
  const screen = new TestScreen(columns, rows)
  const clock = { now: 0, running: true, tick: () => {} }
  const repeat = (tick: () => void) => {
    clock.tick = tick
    return () => {
      clock.running = false
    }
  }
  return { screen, clock, ...terminalRenderer(screen, { colors: true, now: () => clock.now, repeat }) }
}

test('finished steps stay, running ones are redrawn with the ends of their logs', () => {
  const { screen, clock, report, close } = view()
  report(started('f', 'FROM node'))
  report({ type: 'transfer', vertex: 'f', id: 'x', done: 1_000_000, total: 4_000_000 })
  clock.now = 1500
  clock.tick()
  expect(screen.lines).toEqual([
    ' > FROM node                   1.0MB / 4.0MB  667kB/s  1.5s',
    '   1.5s  1 running, 0 done, 0 cached',
  ])
  expect(screen.cursorVisible).toBe(false)
  report({ type: 'vertex-finished', vertex: 'f', time: 1600 })
  report({ type: 'vertex-cached', vertex: 'c', name: 'COPY . .', time: 1600 })
  report(started('r', 'RUN npm ci'))
  report(log('r', Array.from({ length: 9 }, (_, index) => `line ${index}\n`).join('')))
  clock.now = 2000
  clock.tick()
  expect(screen.lines).toEqual([
    ' ✓ FROM node                                           1.6s',
    ' ✓ COPY . .                                          cached',
    ' > RUN npm ci                                          2.0s',
    ...[3, 4, 5, 6, 7, 8].map((index) => `   line ${index}`),
    '   2.0s  1 running, 1 done, 1 cached',
  ])
  report({ type: 'vertex-finished', vertex: 'r', time: 2500 })
  close()
  expect(screen.lines.slice(2)).toEqual([' ✓ RUN npm ci                                          2.5s'])
  expect(screen.cursorVisible).toBe(true)
  expect(clock.running).toBe(false)
})

test('all steps are counted, and the next ones name what they wait for', () => {
  const { screen, clock, report, close } = view(80, 14)
  const graph = [
    { vertex: 'sha256:a', name: '[a 1/1] RUN a', inputs: ['source-1'] },
    { vertex: 'sha256:b', name: '[b 1/1] RUN b', inputs: ['source-1'] },
    { vertex: 'sha256:c', name: '[c 1/2] COPY --from=a --from=b', inputs: ['sha256:a', 'sha256:b'] },
    { vertex: 'sha256:d', name: '[c 2/2] RUN d', inputs: ['sha256:c'] },
  ]
  report({ type: 'build-started', time: 0, steps: 4, platforms: ['linux/amd64'], graph })
  const from = `FROM node@sha256:${'0123456789abcdef'.repeat(4)}`
  report(started('source-1', from))
  report({ type: 'transfer', vertex: 'source-1', id: 'x', done: 0, total: 4_000_000 })
  clock.tick()
  report({ type: 'transfer', vertex: 'source-1', id: 'x', done: 2_000_000, total: 4_000_000 })
  clock.now = 1000
  clock.tick()
  expect(screen.lines).toEqual([
    ' > FROM node@sha256:0123456789ab                   2.0MB / 4.0MB  2.0MB/s  1.0s',
    ' - [a 1/1] RUN a                        waits for FROM node@sha256:0123456789ab',
    ' - [b 1/1] RUN b                        waits for FROM node@sha256:0123456789ab',
    '   1.0s  [................]  0 of 4 steps, 0 cached, 1 running',
  ])
  report({ type: 'vertex-finished', vertex: 'source-1', time: 1000 })
  report({ type: 'vertex-cached', vertex: 'sha256:a', name: '[a 1/1] RUN a', time: 1000 })
  report(started('sha256:b', '[b 1/1] RUN b'))
  clock.tick()
  expect(screen.lines.slice(2)).toEqual([
    ' > [b 1/1] RUN b                                                           1.0s',
    ' - [c 1/2] COPY --from=a --from=b                             waits for [b 1/1]',
    '   1.0s  [####............]  1 of 4 steps, 1 cached, 1 running',
  ])
  close()
})

test('the log of a failed step is printed in the end, after everything else', () => {
  const { screen, report, close } = view()
  report(started('r', 'RUN make'))
  report(log('r', 'cc x.c\nno x.c'))
  report({ type: 'warning', code: 'W', message: 'careful', line: 2 })
  report({ type: 'vertex-finished', vertex: 'r', time: 1000, error: 'exit code: 2' })
  close()
  expect(screen.lines).toEqual([
    'WARNING: W: careful (line 2)',
    ' ✗ RUN make                                            1.0s',
    '   cc x.c',
    '   no x.c',
  ])
})

test('more steps than rows', () => {
  const { screen, clock, report } = view(40, 6)
  for (let index = 0; index < 9; index++) report(started(`step ${index}`))
  clock.tick()
  expect(screen.lines.map((line) => line.trimEnd())).toEqual([
    ' > step 0                          0.0s',
    ' > step 1                          0.0s',
    ' > step 2                          0.0s',
    '   and 6 more',
    '   0.0s  9 running, 0 done, 0 cached',
  ])
})

test('a window that gets narrower does not leave old frames behind', () => {
  const { screen, clock, report, close } = view(60, 20)
  report(started('r', 'RUN x'.repeat(8)))
  clock.tick()
  // The terminal wraps what is on the screen: two rows become four.
  const wrapped = screen.lines.flatMap((line) => line.match(/.{1,30}/g) ?? [])
  expect(wrapped).toHaveLength(4)
  screen.columns = 30
  const before: string[] = []
  screen.write = (text) => {
    before.push(String(text))
    return true
  }
  clock.now = 1000
  clock.tick()
  expect(before.join('')).toMatch(/^\r\u001b\[4A\u001b\[J/)
  close()
})

test('output of a step stays in its line, in a window of any size', () => {
  const evil = fc.constantFrom(
    '\u001b[2J',
    '\u001b[H',
    '\u001b',
    '[',
    'A',
    '\r',
    '\n',
    '\u001b]0;x\u0007',
    '日本',
    '🚀',
    'é',
    'word ',
    '\u009b2J',
    '\u202e',
  )
  const size = fc.record({ columns: fc.integer({ min: 1, max: 50 }), rows: fc.integer({ min: 1, max: 10 }) })
  fc.assert(
    fc.property(size, fc.array(evil), fc.array(evil), ({ columns, rows }, name, output) => {
      const { screen, clock, report, close } = view(columns, rows)
      report(started('a', name.join('')))
      report(started('b'))
      for (const text of output) {
        report(log('a', text))
        clock.now += 100
        clock.tick()
      }
      expect(screen.lines.length).toBeLessThanOrEqual(rows - 1)
      report({ type: 'vertex-finished', vertex: 'b', time: clock.now })
      close()
      expect(screen.cursorVisible).toBe(true)
    }),
  )
})
