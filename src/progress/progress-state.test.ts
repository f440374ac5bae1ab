import { expect, test } from 'vitest'
import type { BuildEvent } from './event.ts'
import { applyEvent, type VertexState } from './progress-state.ts'

function fold(...events: readonly BuildEvent[]): readonly VertexState[] {
  const state = new Map<string, VertexState>()
  for (const event of events) applyEvent(state, event)
  return [...state.values()]
}

const started = { type: 'vertex-started', vertex: 'a', name: 'RUN a', time: 1000 } as const
const log = { type: 'log', vertex: 'a', stream: 'stdout', data: new Uint8Array(), time: 0 } as const

test('a step runs and ends', () => {
  expect(fold(started)).toEqual([
    { id: 'a', number: 1, name: 'RUN a', status: 'running', started: 1000, transfers: new Map() },
  ])
  expect(fold(started, { type: 'vertex-finished', vertex: 'a', time: 3000 })).toMatchObject([
    { status: 'done', started: 1000, finished: 3000 },
  ])
  expect(fold(started, { type: 'vertex-finished', vertex: 'a', time: 3000, error: 'no' })).toMatchObject([
    { status: 'failed', error: 'no' },
  ])
})

test('a cached step stays cached', () => {
  const cached = { type: 'vertex-cached', vertex: 'a', name: 'RUN a', time: 1 } as const
  expect(fold(cached)).toMatchObject([{ status: 'cached', finished: 1 }])
  expect(fold(started, cached, { type: 'vertex-finished', vertex: 'a', time: 2 })).toMatchObject([{ status: 'cached' }])
})

test('steps are numbered in the order of their first events', () => {
  const other = { ...log, vertex: 'b' }
  expect(fold(other, started).map(({ number, name }) => [number, name])).toEqual([
    [1, 'b'],
    [2, 'RUN a'],
  ])
})

test('transfers are kept by id', () => {
  const transfer = { type: 'transfer', vertex: 'a', id: 'x', done: 1, total: 9 } as const
  const [vertex] = fold(started, transfer, { ...transfer, id: 'y' }, { ...transfer, done: 5 })
  expect([...(vertex?.transfers ?? [])]).toEqual([
    ['x', { done: 5, total: 9 }],
    ['y', { done: 1, total: 9 }],
  ])
})

test('logs and warnings change no step that is known', () => {
  const [before] = fold(started)
  expect(fold(started, log, { type: 'warning', code: 'W', message: 'w' })).toEqual([before])
})
