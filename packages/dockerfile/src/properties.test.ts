import { DockerfileParser } from 'dockerfile-ast'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { codeFrame } from './text/code-frame.ts'
import { runChecks } from './checks/run-checks.ts'
import { DockerfileError } from './text/errors.ts'
import { isBlank } from './text/blank.ts'
import { expandHeredoc, expandWord, expandWords } from './expand/expand.ts'
import { parseMount } from './mount/parse-mount.ts'
import { detectSyntax } from './syntax/parse-directives.ts'
import { parseDockerfile } from './parse-dockerfile.ts'
import { parseDuration } from './values/parse-duration.ts'
import { parseJsonArray } from './text/parse-json-array.ts'
import { parsePort } from './values/parse-port.ts'
import { parseSignal } from './values/parse-signal.ts'
import { splitWords } from './text/split-words.ts'

const keywords = 'FROM busybox|RUN|COPY|ADD|ENV|ARG|LABEL|ONBUILD|HEALTHCHECK|CMD|EXPOSE|SHELL|VOLUME|USER x|AS'.split(
  '|',
)
const marks =
  '# escape=`|\\|`|"|\'|$|${|}|:-|#|%|/|=|,|[|]|"a"|<<EOF|<<-EOF|<< |--|--mount=|--from=|type=|target='.split('|')
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
        if (error?.range !== undefined) expect(codeFrame(text, error.range, { name: 'x' })).toMatch(/^> +\d+ \|/m)
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

// dockerfile-ast finds instructions too. It is wrong about `\\` at line ends and about heredocs
// with a descriptor, blanks or partial quotes (see the README), so the oracle is asked about files
// without those.
const line = fc.constantFrom('a', 'b c', '"x y"', 'x # no comment', '&& d', '$X', '[1', 'a=b')
const instruction = fc.tuple(
  fc.constantFrom('RUN ', 'CMD ', 'run ', 'ENTRYPOINT '),
  fc.array(line, { minLength: 1, maxLength: 4 }),
  fc.constantFrom('', '# c\n', '\n'),
)
const heredoc = fc.constantFrom(
  'RUN <<EOF\nRUN x\n # y\nEOF\n',
  'COPY <<A <<B /x\nA \nA\nB\n',
  'RUN cat <<-E\n\tq\n\tE\n',
)
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

test.each(['${a:-', '"${a:-', '${a/${', '${a#*'])('words nested by %s are refused, not overflowed', (part) => {
  for (const expand of [expandWord, expandWords, expandHeredoc]) {
    expect(() => expand(part.repeat(50_000), () => undefined)).toThrow('failed to process')
  }
})

// The text before the break must not end with the escape character, the text behind it must
// not look like a comment or nothing.
test('a line may be continued anywhere', () => {
  const text = fc.string({
    unit: fc.constantFrom('a', ' ', '"', "'", '=', '$', '[', ']', ',', '<', '{', '}', '-', 'é'),
    minLength: 2,
    maxLength: 30,
  })
  const keyword = fc.constantFrom(
    'RUN',
    'ENV',
    'LABEL',
    'COPY',
    'CMD',
    'ONBUILD RUN',
    'VOLUME',
    'EXPOSE',
    'USER',
    'ARG',
  )
  fc.assert(
    fc.property(
      keyword,
      text,
      fc.nat(),
      fc.constantFrom('\\\n', '\\ \t\n', '\\\r\n', '\\\n# comment \\\n', '\\\n\n'),
      (start, rest, at, cut) => {
        const line = `${start} ${rest}`
        const place = 1 + (at % (line.length - 1))
        fc.pre(line.slice(place).trim() !== '')
        expect(shape(`${line.slice(0, place)}${cut}${line.slice(place)}`)).toEqual(shape(line))
      },
    ),
    { numRuns: 2000 },
  )
})

/** Instructions of a file without their places, or the error. */
function shape(line: string): unknown {
  try {
    const instructions = parseDockerfile(`FROM a\n${line}\nRUN end\n`).stages[0]?.instructions
    return instructions?.map(({ range: _range, ...instruction }) => instruction)
  } catch (error) {
    return error instanceof DockerfileError ? error.message : error
  }
}

test('a quoted heredoc brings its body as it is', () => {
  const body = fc.string({ unit: fc.constantFrom('a', '\n', '\r', '\t', '$', '\\', '#', 'EOF', ' ', '"', '\0', 'é') })
  fc.assert(
    fc.property(body, (text) => {
      fc.pre(!text.split('\n').some((line) => /^EOF\r*$/.test(line)))
      const copy = parseDockerfile(`FROM a\nCOPY <<'EOF' /f\n${text}\nEOF\n`).stages[0]?.instructions[0]
      expect(copy).toMatchObject({ sources: [{ heredoc: { content: `${text}\n`, expand: false } }] })
    }),
  )
})

test('a list of strings is the list', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), (list) => {
      expect(parseJsonArray(JSON.stringify(list))).toEqual(list)
      expect(parseJsonArray(`${JSON.stringify(list)} x`)).toBeUndefined()
    }),
  )
})

test('small languages are read or refused', () => {
  const unit = fc.constantFrom(
    ...'0123456789-+:/.,"\'[]{}@ #=\\'.split(''),
    'tcp',
    'UDP',
    'SIG',
    'RTMIN',
    'h',
    'ms',
    'syntax',
    '"a"',
    '\n',
    '\r',
    '\0',
    'é',
    '1.2.3.4',
  )
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 12 }), (text) => {
      refused(() => parseJsonArray(text))
      detectSyntax(text)
      splitWords(text, '\\')
      refused(() => expect(parsePort(text).ports.every((port) => /^\d{1,5}\/(tcp|udp|sctp)$/.test(port))).toBe(true))
      refused(() => expect(Number.isSafeInteger(parseSignal(text))).toBe(true))
      refused(() => expect(Number.isInteger(parseDuration(text))).toBe(true))
    }),
    { numRuns: 5000 },
  )
})

test('words without quotes and escapes are what stands between blanks', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!/["'\\]/.test(text))
      expect(splitWords(text, '\\').join('')).toBe(
        Array.from(text)
          .filter((character) => !isBlank(character))
          .join(''),
      )
    }),
  )
})
