import { expect, test } from 'vitest'
import { parseDockerfile } from '../parse-dockerfile.ts'
import { parseInstruction } from '../parse-instruction.ts'

test.each([
  ['ONBUILD RUN a  b', 'RUN a  b'],
  ['onbuild\tRUN a', 'RUN a'],
  ['ONBUILD run a   ', 'run a   '],
  ['ONBUILD RUN a \\\n# c\n  b', 'RUN a   b'],
  ['ONBUILD ENV A=$X B="c d"', 'ENV A=$X B="c d"'],
  ['ONBUILD COPY --from=s a b', 'COPY --from=s a b'],
  ['ONBUILD RUN --mount=from=s,target=/m x', 'RUN --mount=from=s,target=/m x'],
  ['ONBUILD COPY --chwon=1 a', 'COPY --chwon=1 a'],
  ['ONBUILD RUN <<E\n# a $X\n\n b\nE', 'RUN <<E\n# a $X\n\n b\nE'],
  ['ONBUILD COPY <<-A <<B /d/\n\ta\n\tA\nb\nB', 'COPY <<-A <<B /d/\n\ta\nA\nb\nB'],
  ['ONBUILD STOPSIGNAL nonsense', 'STOPSIGNAL nonsense'],
  ['ONBUILD x', 'x'],
])('%j is kept as %j', (text, expression) => {
  expect(parseInstruction(text)).toMatchObject({ kind: 'ONBUILD', expression })
})

test.each([
  ['ONBUILD', 'ONBUILD requires at least one argument'],
  ['ONBUILD --x RUN a', 'unknown flag: --x'],
  ['ONBUILD ONBUILD RUN a', "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"],
  ['ONBUILD onbuild RUN a', "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"],
  ['ONBUILD from x', "FROM isn't allowed as an ONBUILD trigger"],
  ['ONBUILD Maintainer x', "MAINTAINER isn't allowed as an ONBUILD trigger"],
  ['ONBUILD CMD [1]', 'when using JSON array syntax, arrays must be comprised of strings only'],
  ['ONBUILD HEALTHCHECK CMD [1]', 'when using JSON array syntax, arrays must be comprised of strings only'],
  ['ONBUILD ENV a', 'ENV must have two arguments'],
  ['ONBUILD LABEL a=b c', 'Syntax error - can\'t find = in "c". Must be of the form: name=value'],
  ['ONBUILD COPY <<E /x\n', 'unterminated heredoc'],
])('%j is refused: %s', (text, message) => {
  expect(() => parseInstruction(text)).toThrow(message)
})

test('a heredoc in another trigger is text', () => {
  const { stages } = parseDockerfile('FROM a\nONBUILD CMD <<E\nENV x=1\n')
  expect(stages[0]?.instructions.map(({ kind }) => kind)).toEqual(['ONBUILD', 'ENV'])
})
