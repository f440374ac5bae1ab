import { expect, test } from 'vitest'
import { graphToDot, graphToJson } from './print.ts'
import type { Vertex } from './vertex.ts'

const range = { start: { line: 3, column: 1 }, end: { line: 3, column: 9 } }
const local: Vertex = { op: { kind: 'local', context: 'context' }, inputs: [], name: 'load "build" context' }
const empty: Vertex = { op: { kind: 'inline', files: [] }, inputs: [], name: 'scratch' }
const made: Vertex = {
  op: { kind: 'mkdir', path: '/w', user: '' },
  inputs: [empty],
  name: '[1/2] WORKDIR /w',
  stage: 'a',
  range,
}
const merged: Vertex = {
  op: { kind: 'merge' },
  inputs: [made, local],
  name: `RUN ${'x'.repeat(200)}\nmore`,
  stage: 'a',
}

test('JSON lists inputs first and refers to them by id', () => {
  expect(graphToJson(merged)).toEqual([
    { id: 0, name: 'scratch', inputs: [], op: empty.op },
    { id: 1, name: '[1/2] WORKDIR /w', stage: 'a', line: 3, inputs: [0], op: made.op },
    { id: 2, name: 'load "build" context', inputs: [], op: local.op },
    { id: 3, name: merged.name, stage: 'a', inputs: [1, 2], op: merged.op },
  ])
})

test('dot has a node for each vertex and an edge for each input', () => {
  expect(graphToDot(merged)).toBe(
    [
      'digraph build {',
      '  rankdir=LR',
      '  v0 [shape=ellipse, label="scratch"]',
      '  v1 [shape=box, label="[1/2] WORKDIR /w"]',
      '  v2 [shape=ellipse, label="load \\"build\\" context"]',
      `  v3 [shape=box, label="RUN ${'x'.repeat(95)}…"]`,
      '  v0 -> v1',
      '  v1 -> v3',
      '  v2 -> v3',
      '}',
      '',
    ].join('\n'),
  )
})

test('dot draws what is only read from with dashes', () => {
  const op = { kind: 'copy', sources: [], destination: '/', exclude: [], parents: false, extract: 'never' } as const
  expect(graphToDot({ op, inputs: [empty, local], name: 'COPY' })).toContain('  v0 -> v2\n  v1 -> v2 [style=dashed]\n')
})

test('addresses are shown without what is secret in them', () => {
  const op = { kind: 'http', url: 'https://me:hunter2@h.example/f', filename: 'f' } as const
  expect(graphToJson({ op, inputs: [], name: 'f' })).toMatchObject([
    { op: { ...op, url: 'https://me:xxxxx@h.example/f' } },
  ])
})
