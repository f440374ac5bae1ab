import { expect, test } from 'vitest'
import { type CommandLine, splitCommandLine } from './split-command-line.ts'

test.each<[line: string, parts: CommandLine]>([
  ['RUN', { keyword: 'RUN', flags: [], rest: '' }],
  [' RUN   a  b ', { keyword: 'RUN', flags: [], rest: 'a  b' }],
  ['COPY --a --b=c  d e', { keyword: 'COPY', flags: ['--a', '--b=c'], rest: 'd e' }],
  ['COPY --a="x y" d', { keyword: 'COPY', flags: ['--a=x y'], rest: 'd' }],
  ['COPY --a="x\\" y" d', { keyword: 'COPY', flags: ['--a=x" y'], rest: 'd' }],
  ['COPY --a=x\\ y d', { keyword: 'COPY', flags: ['--a=x y'], rest: 'd' }],
  ['RUN -- --a', { keyword: 'RUN', flags: [], rest: '--a' }],
  ['RUN --a -- --b c', { keyword: 'RUN', flags: ['--a'], rest: '--b c' }],
  ['RUN -a --b', { keyword: 'RUN', flags: [], rest: '-a --b' }],
  ['RUN --a', { keyword: 'RUN', flags: ['--a'], rest: '' }],
])('%s', (line, parts) => {
  expect(splitCommandLine(line, '\\')).toEqual(parts)
})
