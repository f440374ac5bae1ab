import { expect, test } from 'vitest'
import { parseFile } from './parse-file.ts'

test.each([
  ['RUNN x', 'dockerfile parse error on line 2: unknown instruction: RUNN'],
  ['ENV a=b \\\n --x', 'Syntax error - can\'t find = in "--x". Must be of the form: name=value'],
  ['\n\nCOPY --chwon=1 \\\n a b', 'dockerfile parse error on line 4: unknown flag: --chwon'],
  ['USER', 'dockerfile parse error on line 2: USER requires exactly one argument'],
  ['ENV =a', 'dockerfile parse error on line 2: ENV names can not be blank'],
  ['FROM a b', 'dockerfile parse error on line 2: FROM requires either one or three arguments'],
  ['RUN --network=x y', 'dockerfile parse error on line 2: invalid network mode "x"'],
  ['HEALTHCHECK FOO', 'dockerfile parse error on line 2: Unknown type "FOO" in HEALTHCHECK (try CMD)'],
  ['ENV a', 'ENV must have two arguments'],
  ['CMD [1]', 'when using JSON array syntax, arrays must be comprised of strings only'],
  ['RUN <<E', 'unterminated heredoc'],
])('%j: %s', (line, message) => {
  expect(() => parseFile({ name: 'Dockerfile', text: `FROM busybox\n${line}\n` })).toThrow(
    expect.objectContaining({ message }),
  )
})

test('what a file is without', () => {
  expect(() => parseFile({ name: 'x', text: '' })).toThrow(
    expect.objectContaining({ message: 'the Dockerfile cannot be empty' }),
  )
  expect(() => parseFile({ name: 'x', text: 'RUN a' })).toThrow(
    expect.objectContaining({ message: 'no build stage in current context' }),
  )
  expect(parseFile({ name: 'x', text: 'FROM a' }).name).toBe('x')
})
