import { digestOf } from '@tsbuild/oci'
import { expect, test } from 'vitest'
import type { Vertex } from '../graph/vertex.ts'
import { changeSince, explainChange } from './step-change.ts'
import type { StepFacts } from './step-memory.ts'
import { local, run } from './testing/world.ts'

const image: Vertex = {
  name: '[1/2] FROM base',
  inputs: [],
  op: {
    kind: 'image',
    reference: 'r.example/base:1',
    digest: digestOf('new image'),
    platform: { os: 'linux', architecture: 'amd64' },
  },
}
const step = run('build', image, local('context'), local('assets'), run('earlier'))
const same = digestOf('same')
const before: StepFacts = {
  own: same,
  read: [same, same, same, same],
  facts: new Map([
    ['the command', '1'],
    ['variable A', '1'],
    ['variable B', '1'],
  ]),
  inputs: [
    { image: digestOf('old image') },
    {
      files: new Map([
        ['a', ['1', '644']],
        ['b', ['1', '644']],
        ['c', ['1', '644']],
      ]),
    },
    { files: new Map([['logo', ['1', '644']]]) },
    {},
  ],
}

const explain = (now: Partial<StepFacts>): string => explainChange(step, changeSince(before, { ...before, ...now }))
const reads = (index: number): StepFacts['read'] =>
  before.read.map((digest, at) => (at === index ? digestOf('other') : digest))
const withInput = (index: number, input: NonNullable<StepFacts['inputs']>[number]): Partial<StepFacts> => ({
  read: reads(index),
  inputs: (before.inputs ?? []).map((one, at) => (at === index ? input : one)),
})

test('a part of the instruction', () => {
  const own = digestOf('own')
  const facts = (...pairs: (readonly [string, string])[]): Partial<StepFacts> => ({ own, facts: new Map(pairs) })
  const [command, a, b] = [...(before.facts ?? [])] as const
  if (!command || !a || !b) throw new Error('no facts')
  expect(explain(facts(['the command', '2'], a, b))).toBe('the command changed')
  expect(explain(facts(command, a, ['variable B', '2']))).toBe('variable B changed')
  expect(explain(facts(command, a, b, ['variable C', '1']))).toBe('variable C was added')
  expect(explain(facts(command, b))).toBe('variable A was removed')
  // Another order of the same parts has no name.
  expect(explain(facts(command, b, a))).toBe('the instruction, its arguments or its environment changed')
})

test('files of a context', () => {
  const files = (...pairs: (readonly [string, readonly [string, string]])[]): string =>
    explain(withInput(1, { files: new Map(pairs) }))
  const [a, b, c] = [
    ['a', ['1', '644']],
    ['b', ['1', '644']],
    ['c', ['1', '644']],
  ] as const
  expect(files(a, ['b', ['2', '644']], c)).toBe('"b" changed in the build context')
  expect(files(a, ['b', ['1', '755']], c)).toBe('"b" has another mode or owner in the build context')
  expect(files(a, b)).toBe('"c" was removed in the build context')
  expect(files(a, b, c, ['d', ['1', '644']])).toBe('"d" was added in the build context')
  expect(files(['aa', ['1', '644']], b, c)).toBe('"a" was removed in the build context, and 1 more file differs')
  expect(explain(withInput(2, { files: new Map([['logo', ['2', '644']]]) }))).toBe('"logo" changed in context "assets"')
})

test('a base image, another step, the store, and the first time', () => {
  expect(explain(withInput(0, { image: digestOf('new image') }))).toBe(
    `base image r.example/base:1 changed: ${digestOf('old image')} → ${digestOf('new image')}`,
  )
  expect(explain({ read: reads(3) })).toBe('earlier has another result')
  expect(explain({})).toBe('its result is no longer in the store')
  expect(explainChange(step, changeSince(undefined, before))).toBe('it has not run here before')
})
