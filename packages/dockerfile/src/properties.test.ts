import { DockerfileParser } from 'dockerfile-ast'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { codeFrame } from './code-frame.ts'
import { runChecks } from './checks/run-checks.ts'
import { DockerfileError } from './errors.ts'
import { expandHeredoc, expandWord, expandWords } from './expand/expand.ts'
import { parseMount } from './mount/parse-mount.ts'
import { parseDockerfile } from './parse-dockerfile.ts'

const keywords = 'FROM busybox|RUN|COPY|ADD|ENV|ARG|LABEL|ONBUILD|HEALTHCHECK|CMD|EXPOSE|SHELL|VOLUME|USER x|AS'.split('|')
const marks = '# escape=`|\\|`|"|\'|$|${|}|:-|#|%|/|=|,|[|]|"a"|<<EOF|<<-EOF|<< |--|--mount=|--from=|type=|target='.split('|')
const others = ['\n', '\r\n', '\\\n', '\nEOF\n', ' ', '\t', 'a', '1', 'é', '\u{1f600}', '\u{feff}', '\0']
const pieces = fc.constantFrom(...keywords, ...marks, ...others)
const hostile = fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join(''))

/** Runs the action; anything but a DockerfileError fails the test. */
function refused(action: () => unknown): DockerfileError | undefined {
  try {
    action()
  } catch (error) {
    if (error instanceof DockerfileError) return error
    throw error
  }
  return undefined
}

test('any text is parsed or refused with a place to point at', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        hostile,
        hostile.map((text) => `FROM a\n${text}`),
        fc.string({ unit: 'binary' }),
      ),
      (text) => {
        const error = refused(() => runChecks(parseDockerfile(text)))
        if (error?.range !== undefined) expect(codeFrame(text, error.range, { name: 'x' })).toContain('^')
      },
    ),
    { numRuns: 2000 },
  )
})

test('any word is expanded or refused', () => {
  const lookup = (name: string): string | undefined => (name.length === 1 ? `<${name}>` : undefined)
  fc.assert(
    fc.property(hostile, (word) => {
      for (const expand of [expandWord, expandWords, expandHeredoc]) refused(() => expand(word, lookup))
      refused(() => parseMount(word, (value) => value))
    }),
    { numRuns: 2000 },
  )
})

test('a word without special characters is itself', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!/["'\\$]/.test(text))
      expect(expandWord(text, () => undefined)).toBe(text)
    }),
  )
})

test('a quoted value comes back whole', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (value) => {
      expect(expandWord(`"${value.replace(/["\\$]/g, '\\$&')}"`, () => undefined)).toBe(value)
      expect(expandWord('$A', () => value)).toBe(value)
    }),
  )
})

// dockerfile-ast finds instructions too. It is wrong about `\\` at line ends and about heredocs with a descriptor, blanks or
// partial quotes (see the README), so the oracle is asked about files without those.
const line = fc.constantFrom('a', 'b c', '"x y"', 'x # no comment', '&& d', '$X', '[1', 'a=b')
const instruction = fc.tuple(
  fc.constantFrom('RUN ', 'CMD ', 'run ', 'ENTRYPOINT '),
  fc.array(line, { minLength: 1, maxLength: 4 }),
  fc.constantFrom('', '# c\n', '\n'),
)
const heredoc = fc.constantFrom('RUN <<EOF\nRUN x\n # y\nEOF\n', 'COPY <<A <<B /x\nA \nA\nB\n', 'RUN cat <<-E\n\tq\n\tE\n')
const source = fc
  .array(
    fc.oneof(
      instruction.map(([keyword, lines, between]) => `${keyword}${lines.join(` \\\n${between}  `)}\n`),
      heredoc,
      fc.constantFrom('\n', '# comment\n'),
    ),
  )
  .map((parts) => `FROM scratch\n${parts.join('')}`)

test('instructions are found where dockerfile-ast finds them', () => {
  fc.assert(
    fc.property(source, (text) => {
      const ours = parseDockerfile(text).stages.flatMap(({ from, instructions }) => [from, ...instructions])
      const theirs = DockerfileParser.parse(text).getInstructions()
      expect(ours.map(({ kind, range }) => [kind, range.start.line])).toEqual(
        theirs.map((found) => [found.getKeyword(), found.getRange().start.line + 1]),
      )
    }),
    { numRuns: 500 },
  )
})

test.each([
  ['instructions', 'RUN echo hi\n', ''],
  ['stages', 'FROM a\n', ''],
  ['continuation lines', 'RUN a \\\n  b && \\\n', ' c\n'],
  ['comments in a continuation', 'RUN a \\\n# x\n# y\n', ''],
  ['comments', '# x\n', ''],
  ['heredocs', 'RUN <<EOF\nx\nEOF\n', ''],
  ['substitutions', 'RUN ${a:-${b}} <<A\nA\n', ''],
])('a file of one MiB full of %s is read whole', (_what, part, end) => {
  const count = Math.ceil(2 ** 20 / part.length)
  const { stages } = parseDockerfile(`FROM busybox\n${part.repeat(count)}${end}`)
  expect(stages.length + (stages[0]?.instructions.length ?? 0)).toBeGreaterThan(0)
})

test('deep nesting is refused, not overflowed', () => {
  expect(() => expandWord('${a:-'.repeat(50_000), () => undefined)).toThrow('failed to process')
  expect(refused(() => parseDockerfile(`FROM a\nRUN ${'['.repeat(50_000)}`))).toBeUndefined()
})
