import { expect, test } from 'vitest'
import type { CopyInstruction } from '../syntax/instruction.ts'
import { parseInstruction } from '../parse-instruction.ts'

function copy(text: string): CopyInstruction {
  const instruction = parseInstruction(text)
  if (instruction.kind !== 'COPY') throw new Error('not a COPY')
  return instruction
}

const shown = ({ sources, destination }: CopyInstruction): readonly string[] => [
  ...sources.map((source) =>
    source.kind === 'path' ? source.text : `<<${source.heredoc.name} ${source.heredoc.content}`,
  ),
  destination,
]

test.each<[text: string, words: readonly string[]]>([
  ['COPY a\t b  /c', ['a', 'b', '/c']],
  ['COPY "a b" /c', ['"a', 'b"', '/c']],
  ['COPY a\\ b /c', ['a\\', 'b', '/c']],
  ['COPY ["a b", "/c d/"]', ['a b', '/c d/']],
  [' COPY  [ "a" , "b" ] ', ['a', 'b']],
  ['COPY ["a", "b"] c', ['["a",', '"b"]', 'c']],
  ["COPY ['a', 'b']", ["['a',", "'b']"]],
  ['COPY ["a", "b",]', ['["a",', '"b",]']],
  ['COPY ["a\\x", "b"]', ['["a\\x",', '"b"]']],
  ['COPY [a] b', ['[a]', 'b']],
  // Not heredocs: no word of their own, nothing behind the mark, quotes that do not match.
  ['COPY a<<E b', ['a<<E', 'b']],
  ['COPY <<E" b', ['<<E"', 'b']],
  ['COPY <<<E b', ['<<<E', 'b']],
  ['COPY ["<<E", "b"]', ['<<E ', 'b']],
])('%j has the words %j', (text, words) => {
  expect(shown(copy(text))).toEqual(words)
})

test.each<[text: string, words: readonly string[]]>([
  ['COPY <<E f /d/\nx\nE', ['f', '<<E x\n', '/d/']],
  ['COPY <<E <<-"F" /d/\nx\nE\n\t\ty\n\tF', ['<<E x\n', '<<F y\n', '/d/']],
  ['COPY <<E <<-E /d/\n\tone\nE\n\ttwo\n\tE', ['<<E \ttwo\n', '<<E two\n', '/d/']],
  ['COPY 3<<E /d\nE', ['<<E ', '/d']],
])('%j reads its bodies: %j', (text, words) => {
  expect(shown(copy(text))).toEqual(words)
})

test.each([
  ['COPY', 'COPY requires at least two arguments, but only one was provided. Destination could not be determined'],
  ['copy a', 'COPY requires at least two arguments'],
  ['ADD ["a"]', 'ADD requires at least two arguments'],
  ['ADD []', 'ADD requires at least two arguments'],
  ['COPY a <<E\nE', 'COPY cannot accept a heredoc as a destination'],
  ['ADD a "<<E"', undefined],
  ['ADD --from=x a b', 'unknown flag: --from'],
  ['ADD --parents a b', 'unknown flag: --parents'],
  ['COPY --unpack a b', 'unknown flag: --unpack'],
  ['COPY --checksum=x a b', 'unknown flag: --checksum'],
  ['COPY --keep-git-dir a b', 'unknown flag: --keep-git-dir'],
])('%j: %s', (text, message) => {
  if (message === undefined) expect(parseInstruction(text)).toMatchObject({ destination: '"<<E"' })
  else expect(() => parseInstruction(text)).toThrow(message)
})
