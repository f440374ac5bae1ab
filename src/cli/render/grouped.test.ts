import { expect, test } from 'vitest'
import type { BuildEvent } from '../../progress/event.ts'
import { azure } from '../ci/azure.ts'
import { buildkite } from '../ci/buildkite.ts'
import type { CiService } from '../ci/ci-service.ts'
import { github } from '../ci/github.ts'
import { gitlab } from '../ci/gitlab.ts'
import { MemorySink } from '../testing/invocation.ts'
import { waitingText } from './format.ts'
import { groupedRenderer } from './grouped.ts'

const started = (vertex: string, name = vertex): BuildEvent => ({ type: 'vertex-started', vertex, name, time: 1000 })
const finished = (vertex: string, error?: string): BuildEvent => {
  return { type: 'vertex-finished', vertex, time: 2500, ...(error !== undefined && { error }) }
}
const log = (vertex: string, text: string): BuildEvent => {
  return { type: 'log', vertex, stream: 'stdout', data: Buffer.from(text), time: 1500 }
}

function rendered(service: CiService, events: readonly BuildEvent[], error?: unknown): string {
  const sink = new MemorySink()
  const annotate = (remark: Parameters<NonNullable<CiService['annotate']>>[0]) => service.annotate?.(remark)
  const { report, close } = groupedRenderer(sink, { colors: false, now: () => 2000, service, annotate })
  for (const event of events) report(event)
  close(error)
  return sink.text
}

const two = [started('a'), started('b'), log('b', 'b1\n'), log('a', 'a1\n'), finished('b'), finished('a')]

test('steps at the same time have a section each, one after the other', () => {
  expect(rendered(github, two)).toBe(
    '::group::a\n  1.0 a1\nDONE 1.5s\n::endgroup::\n::group::b\n  1.0 b1\nDONE 1.5s\n::endgroup::\n',
  )
})

test('the marks of each service', () => {
  const one = [started('a'), finished('a')]
  const mark = (side: string) => `\u001b[0Ksection_${side}:2:tsbuild_1\r\u001b[0K`
  expect(rendered(gitlab, one)).toBe(`${mark('start')}a\nDONE 1.5s\n${mark('end')}\n`)
  expect(rendered(buildkite, one)).toBe('--- a\nDONE 1.5s\n')
  expect(rendered(azure, one)).toBe('##[group]a\nDONE 1.5s\n##[endgroup]\n')
})

test('a cached step is a line, before or after the section that is open', () => {
  const cached: BuildEvent = { type: 'vertex-cached', vertex: 'c', name: 'c', time: 1 }
  expect(rendered(github, [cached, started('a'), { ...cached, vertex: 'd', name: 'd' }, finished('a')])).toBe(
    'c CACHED\n::group::a\nDONE 1.5s\n::endgroup::\nd CACHED\n',
  )
})

test('a step that another build does waits in a section of its own', () => {
  const facts = { vertex: 'a', name: 'a', time: 1 }
  expect(
    rendered(github, [
      { type: 'vertex-waiting', ...facts },
      { type: 'vertex-cached', ...facts },
    ]),
  ).toBe(`::group::a\n${waitingText}\nCACHED\n::endgroup::\n`)
})

test('the section of a step that goes on opens with what it said meanwhile', () => {
  const events = [started('a'), started('b'), log('b', 'b1\n'), finished('a'), log('b', 'b2\n'), finished('b')]
  expect(rendered(github, events)).toBe(
    '::group::a\nDONE 1.5s\n::endgroup::\n::group::b\n  1.0 b1\n  1.0 b2\nDONE 1.5s\n::endgroup::\n',
  )
})

test('much output of a step that waits interrupts the open section: memory stays bounded', () => {
  const line = `${'x'.repeat(99_999)}\n`
  const text = rendered(github, [started('a'), started('b'), ...Array.from({ length: 11 }, () => log('b', line))])
  const marks = text.match(/^::(group::\w|endgroup::)$/gm) ?? []
  expect(marks.slice(0, 4)).toEqual(['::group::a', '::endgroup::', '::group::b', '::endgroup::'])
  expect(text.match(/x{99999}/g)).toHaveLength(11)
})

test('a failed step is shown again below the sections, which are folded', () => {
  const events = [started('a', 'RUN make'), log('a', 'no rule\n'), finished('a', 'exit code: 2')]
  expect(rendered(github, events, new Error('RUN make: exit code: 2'))).toBe(
    '::group::RUN make\n  1.0 no rule\nERROR 1.5s\n::endgroup::\n------\n > RUN make:\nno rule\n------\n',
  )
  expect(rendered(buildkite, events)).toContain('ERROR 1.5s\n^^^ +++\n')
})

test.for([
  ['github', github, ['##[add-mask]x', '::error::x', '  ::x'], /##\[|^\s*::(?!group::|endgroup::$)/],
  [
    'azure',
    azure,
    ['##vso[task.setvariable variable=PATH]x', '##[error]x'],
    /##vso\[|.##\[|##\[(?!group\]|endgroup\]$)/,
  ],
  ['gitlab', gitlab, ['section_end:1:tsbuild_1', '\u001b[0Ksection_end:1:x\r\u001b[0K'], /(?<!\[0K)section_end:/],
  ['buildkite', buildkite, ['+++ x', '^^^ +++ x', '--- [x'], /^(\+\+\+|\^\^\^) .*x|^--- \[/],
] as const)('commands in the output and the names of steps are text for %s', ([, service, commands, command]) => {
  for (const hostile of commands) {
    const text = rendered(service, [
      started('a', `RUN ${hostile}`),
      log('a', `${hostile}\n`),
      finished('a', hostile),
      { type: 'vertex-cached', vertex: 'b', name: hostile, time: 1 },
    ])
    expect(text.split('\n').filter((line) => command.test(line))).toEqual([])
  }
})

test('a warning is a remark beside its line, where the service has such', () => {
  const warning: BuildEvent = { type: 'warning', code: 'X', message: '50% a:b,\nc', line: 3 }
  expect(rendered(github, [warning])).toBe('::warning line=3::X: 50%25 a:b,c\n')
  expect(rendered(azure, [warning])).toBe('##vso[task.logissue type=warning;linenumber=3;]X: 50%AZP25 a:b,c\n')
  expect(rendered(gitlab, [warning])).toBe('WARNING: X: 50% a:b,c (line 3)\n')
})
