import { expect, test } from 'vitest'
import { codeFrame } from './code-frame.ts'

const range = (from: readonly [number, number], to: readonly [number, number]): Parameters<typeof codeFrame>[1] => ({
  start: { line: from[0], column: from[1] },
  end: { line: to[0], column: to[1] },
})

test('the line is shown between its neighbours, the range underlined', () => {
  expect(codeFrame('a\nb\nCOPY --x d\ne\nf\ng', range([3, 6], [3, 9]), { name: 'Dockerfile', context: 1 })).toBe(
    ['Dockerfile:3:6', '  2 | b', '> 3 | COPY --x d', '    |      ^^^', '  4 | e'].join('\n'),
  )
})

test('every line of a range is marked; what ends the last line is no line', () => {
  expect(codeFrame('RUN a \\\n  b\n', range([1, 1], [2, 4]))).toBe(['> 1 | RUN a \\', '> 2 |   b'].join('\n'))
})

test('a long line is cut around the range', () => {
  const frame = codeFrame(`${'x'.repeat(1000)}HERE${'y'.repeat(1000)}`, range([1, 1001], [1, 1005]))
  const [line = '', mark = ''] = frame.split('\n')
  expect(line.length).toBeLessThan(140)
  expect(line.slice(mark.indexOf('^'), mark.lastIndexOf('^') + 1)).toBe('HERE')
})

test('nothing reaches the terminal but text', () => {
  expect(codeFrame('RUN \u001b[31m\tx', range([1, 1], [1, 4]))).toBe('> 1 | RUN \u{fffd}[31m x\n    | ^^^')
})
