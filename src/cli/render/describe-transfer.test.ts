import { expect, test } from 'vitest'
import type { BuildEvent } from '../../progress/event.ts'
import { TestScreen } from '../testing/screen.ts'
import { describeCopied } from './describe-transfer.ts'
import { terminalRenderer } from './terminal.ts'

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`
const copied = {
  type: 'image-copied',
  vertex: 'v',
  time: 0,
  text: 'pushed registry.example/team/app:1.0',
  digest,
  size: 46_000_000,
  moved: 12_000_000,
  existing: 30_000_000,
  mounted: 4_000_000,
  duration: 3200,
} as const

test('the last lines of a copy fit in 80 columns', () => {
  const lines = describeCopied(copied)
  expect(lines).toEqual([
    '12MB moved at 3.8MB/s, 30MB existed, 4.0MB mounted',
    'pushed registry.example/team/app:1.0 sha256:0123456789ab 46MB in 3.2s',
  ])
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80)
})

test('a copy that moved nothing has no rate, one of unknown size no size', () => {
  const { size: _, mounted: _none, ...unknown } = copied
  expect(describeCopied({ ...unknown, moved: 0, duration: 0 })).toEqual([
    '0B moved, 30MB existed',
    'pushed registry.example/team/app:1.0 sha256:0123456789ab in 0.0s',
  ])
})

test('the live line keeps bytes and rate in 80 columns, and cuts the name', () => {
  const screen = new TestScreen(80, 10)
  let tick = (): void => {}
  const { report } = terminalRenderer(screen, {
    colors: false,
    now: () => 2000,
    repeat: (each) => {
      tick = each
      return () => {}
    },
  })
  const name = `pushing registry.example/${'long/'.repeat(20)}app:1.0`
  const events: readonly BuildEvent[] = [
    { type: 'vertex-started', vertex: 'v', name, time: 0 },
    { type: 'transfer', vertex: 'v', id: 'a', done: 30_000_000, total: 30_000_000, skipped: 'exists' },
    { type: 'transfer', vertex: 'v', id: 'b', done: 12_000_000, total: 16_000_000 },
  ]
  for (const event of events) report(event)
  tick()
  const [line = ''] = screen.lines
  expect(line).toMatch(/^ > pushing registry\.example\/long\S*… 12MB \/ 16MB {2}6\.0MB\/s {2}30MB existed {2}2\.0s$/)
  expect(line.length).toBeLessThan(80)
})
