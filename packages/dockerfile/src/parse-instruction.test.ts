import { expect, test } from 'vitest'
import { parseInstruction } from './parse-instruction.ts'

test('a trigger as it is stored is read again, heredocs included', () => {
  const onbuild = parseInstruction('ONBUILD COPY <<-A <<"B" /x/\n\ta\n\tA\nb\nB')
  if (onbuild.kind !== 'ONBUILD') throw new Error('not an ONBUILD')
  expect(onbuild.expression).toBe('COPY <<-A <<"B" /x/\n\ta\nA\nb\nB')
  expect(parseInstruction(onbuild.expression)).toMatchObject({
    kind: 'COPY',
    sources: [
      { heredoc: { name: 'A', content: 'a\n', expand: true } },
      { heredoc: { name: 'B', content: 'b\n', expand: false } },
    ],
  })
})

test('the escape character can be set', () => {
  expect(parseInstruction('RUN a `\nb', { escape: '`' })).toMatchObject({ command: { text: 'a b' } })
})

test.each(['', '# x', 'RUN a\nRUN b'])('%j is not one instruction', (text) => {
  expect(() => parseInstruction(text)).toThrow('onbuild trigger should be a single expression')
})
