import { expect, test } from 'vitest'
import { type InstructionText, splitInstructions } from './split-instructions.ts'

const split = (text: string, escape = '\\'): readonly InstructionText[] => [
  ...splitInstructions(text.split('\n'), { skip: 0, escape }),
]

test.each<[text: string, sources: readonly string[]]>([
  ['A\n\n  B  \n', ['A', 'B  ']],
  ['A \\\nb', ['A b']],
  ['A \\  \t\n  b', ['A   b']],
  ['A \\\\\nB', ['A \\\\', 'B']],
  ['A \\\n# c \\\n\n b', ['A  b']],
  ['A \\', ['A ']],
  ['A \\\n\n', ['A ']],
  ['A \\\n# c', ['A ']],
  ['\\\nA', ['A']],
  ['A \\\n\\\nb', ['A b']],
  ['A \\\r\n b\r', ['A  b']],
  ['A \\x\nB', ['A \\x', 'B']],
  ['A\\ \\\nb', ['A\\ b']],
  ['A \\\\\\\nB', ['A \\\\\\', 'B']],
  [' \u00a0A\n\u2003# c\nB', ['A', 'B']],
  ['\\\n  A b', ['A b']],
  ['# c\nA\n  # d', ['A']],
  ['A\rb', ['A\rb']],
])('%j', (text, sources) => {
  expect(split(text).map(({ source }) => source)).toEqual(sources)
})

test('a range reaches from the keyword to the end of the last line', () => {
  const [first, second] = split('\n  A \\\n  b\r\nRUN <<E\nx\nE')
  expect(first?.range).toEqual({ start: { line: 2, column: 3 }, end: { line: 3, column: 4 } })
  expect(second?.range).toEqual({ start: { line: 4, column: 1 }, end: { line: 4, column: 8 } })
  expect(second?.heredocs).toMatchObject([{ content: 'x\n' }])
})

test('comments belong to the instruction below, across blank lines but not across an empty comment', () => {
  const [first, second] = split('# a\n#  \n# b\n\n# c\nA\nB')
  expect(first?.comments).toEqual(['b', 'c'])
  expect(second?.comments).toEqual([])
})

test('the escape character of the file continues lines', () => {
  expect(split('A `\nb \\\nC', '`').map(({ source }) => source)).toEqual(['A b \\', 'C'])
})
