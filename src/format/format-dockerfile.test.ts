import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatDockerfile } from './format-dockerfile.ts'
import { isSameBuild } from './same-build.ts'

const root = join(import.meta.dirname, '../..')

/** Formats a text that parses; undefined for one that does not. */
function formatIfParsed(text: string): string | undefined {
  try {
    return formatDockerfile(text, 'Dockerfile').text
  } catch (error) {
    // A text that is refused for its own faults; formatting must never make one unsafe.
    if (error instanceof Error && 'code' in error && error.code === 'FORMAT_UNSAFE') throw error
    return undefined
  }
}

test.for<[string, string, string]>([
  ['keywords and AS', 'from a as B\nrun  x\n', 'FROM a AS B\nRUN x\n'],
  ['blanks before an instruction', 'FROM a\n\t RUN x\n', 'FROM a\nRUN x\n'],
  ['blanks at line ends', 'FROM a  \nENV A=1 \\ \t\n  B=2\t\n', 'FROM a\nENV A=1 \\\n    B=2\n'],
  ['blank lines', '\n\nFROM a\n\n\n\nRUN x\n\n\n', '\nFROM a\n\nRUN x\n'],
  ['the last line feed', 'FROM a\nRUN x', 'FROM a\nRUN x\n'],
  ['indented comments', 'FROM a\n   # c\nRUN x\n', 'FROM a\n# c\nRUN x\n'],
  ['the escape directive', '# escape=`\nFROM a\ncopy b `\n c\n', '# escape=`\nFROM a\nCOPY b `\n    c\n'],
  ['carriage returns', 'from a \r\nrun x\r\n', 'FROM a\r\nRUN x\r\n'],
  ['a byte order mark', '\u{feff}from a\n', '\u{feff}FROM a\n'],
])('%s', ([, before, after]) => {
  expect(formatDockerfile(before, 'Dockerfile').text).toBe(after)
})

test.for([
  ['text of a shell command', 'FROM a\nRUN x \\\n      y \\\n\tz\n'],
  ['a quoted text over several lines', 'FROM a\nRUN echo "a \\\n    b"\n'],
  ['the body of a heredoc', 'FROM a\nRUN <<E\n  x  \n\n\n#y\nE\n'],
  ['a body that looks like instructions', 'FROM a\nCOPY <<"E" /x\nfrom b\n  run c  \nE\n'],
  ['a heredoc that dockerfile-ast does not find', 'FROM a\nRUN cat 3<<EOF\n  run x\n\nEOF\n'],
  ['an escaped escape character', 'FROM a\nENV P=c:\\\\\nRUN x\n'],
  ['an instruction in a trigger', 'FROM a\nONBUILD run  x\n'],
  ['a comment that would become a directive', '\n# escape=`\nFROM a\n'],
])('%s stays', ([, text = '']) => {
  expect(formatDockerfile(text, 'Dockerfile')).toMatchObject({ text, isChanged: false })
})

test('a line of many blanks', () => {
  const blanks = ' '.repeat(60_000)
  expect(formatDockerfile(`${blanks}from a${blanks.slice(0, 5000)}\n`, 'x').text).toBe('FROM a\n')
  const inside = `FROM a\nRUN x${blanks}y\n`
  expect(formatDockerfile(inside, 'x').text).toBe(inside)
})

test('a file that does not parse is an error with its place', () => {
  expect(() => formatDockerfile('FROM a\nCPY b c\n', 'x')).toThrow('unknown instruction: CPY')
})

test('a file that is too long is refused', () => {
  expect(() => formatDockerfile(`FROM a\n${'RUN x\n'.repeat(20_001)}`, 'x')).toThrow('too long to format')
})

const files = globSync('{test,examples,packages,docs}/**/*{Dockerfile,Containerfile}*', {
  cwd: root,
  exclude: (name) => name.includes('node_modules'),
}).filter((path) => !/\.(ts|md|json|txt|dockerignore)$/.test(path))

test('every Dockerfile of the repository builds the same, and is formatted once and for all', () => {
  const texts = files.flatMap((path) => {
    const bytes = readFileSync(join(root, path), { flag: 'r' })
    const text = bytes.toString('utf8')
    return Buffer.from(text).equals(bytes) ? [{ path, text }] : []
  })
  const formatted = texts.flatMap(({ path, text }) => {
    const result = formatIfParsed(text)
    return result === undefined ? [] : [{ path, text, result }]
  })
  expect(formatted.length).toBeGreaterThan(500)
  expect(formatted.filter(({ text, result }) => result !== text).length).toBeGreaterThan(20)
  const wrong = formatted.filter(({ text, result }) => !isSameBuild(text, result) || formatIfParsed(result) !== result)
  expect(wrong.map(({ path }) => path)).toEqual([])
})

const line = fc.oneof(
  fc.constantFrom(
    'FROM a',
    'from b as c',
    'RUN x \\',
    'run <<E',
    'E',
    'COPY <<E <<-F /x',
    'F',
    '# c',
    '',
    '  ',
    '\t#d',
  ),
  fc.constantFrom(
    'ENV a=b \\',
    '  c=d',
    'LABEL a="b \\',
    '  c"',
    'ONBUILD RUN x',
    'CMD ["a"]',
    '\\',
    '`',
    '# escape=`',
  ),
  fc.constantFrom(
    'RUN a \\\\',
    'RUN echo \\ \\',
    'ARG a',
    'EXPOSE 80 \\',
    'WORKDIR  /a  ',
    'RUN x\r',
    'RUN x\ry',
    '#\\',
  ),
  fc.string({ maxLength: 12 }),
)

test('any text that parses builds the same, and is formatted once and for all', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), fc.constantFrom('', '\n'), (lines, end) => {
      const text = ['FROM scratch', ...lines].join('\n') + end
      const result = formatIfParsed(text)
      if (result === undefined) return
      expect(isSameBuild(text, result)).toBe(true)
      expect(formatIfParsed(result)).toBe(result)
    }),
    { numRuns: 2000 },
  )
})
