import { expect, test } from 'vitest'
import { MemorySink } from '../testing/invocation.ts'
import { chooseMode, createRenderer } from './choose-renderer.ts'
import { TestScreen } from '../testing/screen.ts'

const pipe = new MemorySink()
const terminal = new TestScreen(80, 24)

test.for<[string | undefined, Record<string, string>, boolean, string]>([
  [undefined, {}, true, 'tty'],
  [undefined, {}, false, 'plain'],
  ['auto', { CI: 'true' }, true, 'plain'],
  ['auto', { TERM: 'dumb' }, true, 'plain'],
  ['tty', { CI: 'true' }, true, 'tty'],
  ['plain', {}, true, 'plain'],
  ['json', {}, true, 'json'],
  ['quiet', {}, true, 'quiet'],
  ['none', {}, true, 'quiet'],
  [undefined, { BUILDKIT_PROGRESS: 'plain' }, true, 'plain'],
  ['json', { BUILDKIT_PROGRESS: 'plain' }, true, 'json'],
])('--progress %s with %j on a terminal (%s) is %s', ([wanted, env, isTerminal, mode]) => {
  expect(chooseMode(wanted, { stderr: isTerminal ? terminal : pipe, env })).toBe(mode)
})

test('unknown modes, and a stream that is no terminal', () => {
  expect(() => chooseMode(undefined, { stderr: pipe, env: { BUILDKIT_PROGRESS: 'fancy' } })).toThrow(
    /"fancy": expected one of auto, tty/,
  )
  expect(() => chooseMode('tty', { stderr: pipe, env: {} })).toThrow(/needs a terminal/)
})

test('quiet says nothing until a step fails', () => {
  const sink = new MemorySink()
  const { report, close } = createRenderer('quiet', { stderr: sink, env: { NO_COLOR: '1' }, cwd: '/' })
  report({ type: 'vertex-started', vertex: 'r', name: 'RUN make', time: 0 })
  report({ type: 'log', vertex: 'r', stream: 'stdout', data: Buffer.from('\u001b[31mno rule\u001b[0m\n'), time: 0 })
  expect(sink.text).toBe('')
  report({ type: 'vertex-finished', vertex: 'r', time: 1, error: 'exit code: 2' })
  close()
  expect(sink.text).toBe('RUN make:\n  no rule\n')
})
