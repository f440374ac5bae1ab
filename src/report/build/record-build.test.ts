import { expect, test } from 'vitest'
import type { BuildEvent } from '../../progress/event.ts'
import { BuildRecord } from './record-build.ts'

function recorded(events: (start: number) => readonly BuildEvent[]): BuildRecord {
  const record = new BuildRecord(() => {})
  for (const event of events(record.started)) record.report(event)
  return record
}

const log = (vertex: string, text: string): BuildEvent => ({
  type: 'log',
  vertex,
  stream: 'stderr',
  data: Buffer.from(text),
  time: 0,
})

test('sources, steps and outputs, with what each waited for', () => {
  const record = recorded((start) => [
    { type: 'vertex-started', vertex: 's', name: 'FROM a', time: start, inputs: [], platform: 'linux/amd64' },
    { type: 'vertex-finished', vertex: 's', time: start + 10 },
    {
      type: 'vertex-cached',
      vertex: 'c',
      name: 'RUN c',
      time: start + 10,
      stage: 'x',
      line: 2,
      inputs: ['s'],
      cache: 'r/c',
    },
    { type: 'vertex-waiting', vertex: 'w', name: 'RUN w', time: start + 10, stage: 'x', inputs: ['c'] },
    { type: 'vertex-started', vertex: 'w', name: 'RUN w', time: start + 40, stage: 'x', inputs: ['c'], reason: 'why' },
    log('w', 'quiet\n'),
    { type: 'vertex-finished', vertex: 'w', time: start + 90 },
    { type: 'vertex-started', vertex: 'output-1', name: 'exporting', time: start + 95 },
    { type: 'transfer', vertex: 'output-1', id: 'a', done: 5 },
    { type: 'transfer', vertex: 'output-1', id: 'a', done: 7 },
    { type: 'transfer', vertex: 'output-1', id: 'b', done: 1 },
  ])
  expect(record.steps(record.started + 100)).toMatchObject([
    { kind: 'source', start: 0, end: 10, isCritical: true },
    { kind: 'step', state: 'cached', cache: 'r/c', line: 2, start: 10, end: 10, after: { number: 1, end: 10 } },
    { state: 'done', waited: 30, start: 10, end: 90, reason: 'why', after: { number: 2 }, log: [] },
    { kind: 'output', state: 'unfinished', end: 100, bytes: 8, after: { number: 3, end: 90 } },
  ])
})

test('the output of a step that did not succeed is kept, its last lines', () => {
  const record = recorded((start) => [
    { type: 'vertex-started', vertex: 'f', name: 'RUN f', time: start, stage: '0', inputs: [] },
    log('f', Array.from({ length: 300 }, (_, index) => `line ${index}\n`).join('')),
    { type: 'vertex-finished', vertex: 'f', time: start + 5, error: 'exit code: 1' },
  ])
  const [failed] = record.steps(record.started + 5)
  expect(failed).toMatchObject({ state: 'failed', error: 'exit code: 1' })
  expect(failed?.log).toHaveLength(100)
  expect(failed?.log.at(-1)).toBe('line 299')
})

test('many warnings are counted', () => {
  const record = recorded(() =>
    Array.from({ length: 1200 }, () => ({ type: 'warning', code: 'X', message: 'y' }) as const),
  )
  expect([record.warnings.length, record.notes]).toEqual([1000, ['200 more warnings are not listed']])
})
