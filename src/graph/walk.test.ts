import { expect, test } from 'vitest'
import type { Vertex } from './vertex.ts'
import { walk } from './walk.ts'

const vertex = (name: string, ...inputs: Vertex[]): Vertex => ({ op: { kind: 'merge' }, inputs, name })

function names(root: Vertex): readonly string[] {
  const seen: string[] = []
  walk(root, ({ name }) => seen.push(name))
  return seen
}

test('inputs come first, each vertex once', () => {
  const base = vertex('base')
  const left = vertex('left', base)
  const right = vertex('right', base)
  expect(names(vertex('root', left, right, base))).toEqual(['base', 'left', 'right', 'root'])
})

test('chains may be longer than the call stack', () => {
  let chain = vertex('0')
  for (let index = 1; index < 100_000; index++) chain = vertex(String(index), chain)
  expect(names(chain)).toHaveLength(100_000)
})
