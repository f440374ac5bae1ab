import { expect, test } from 'vitest'
import { parseDockerfile } from '../parse-dockerfile.ts'
import { parseIgnore } from '../ignore/parse-ignore.ts'

/** Text in an encoding with `width` bytes a character. */
function encoded(text: string, width: number, bigEndian: boolean): Buffer {
  return Buffer.concat(
    Array.from(text, (character) => {
      const unit = Buffer.alloc(width)
      if (bigEndian) unit.writeUIntBE(character.charCodeAt(0), 0, width)
      else unit.writeUIntLE(character.charCodeAt(0), 0, width)
      return unit
    }),
  )
}

const mark = '\ufeff'

test.each([
  ['UTF-16LE', 2, false],
  ['UTF-16BE', 2, true],
  ['UTF-32LE', 4, false],
  ['UTF-32BE', 4, true],
])('a file in %s is refused by that name, with and without its mark', (name, width, bigEndian) => {
  const error = expect.objectContaining({
    code: 'ENCODING_UNSUPPORTED',
    message: `it is encoded in ${name}, not in UTF-8`,
    hint: expect.stringContaining(`iconv -f ${name} -t UTF-8`),
  })
  for (const before of ['', mark]) {
    const bytes = encoded(`${before}FROM scratch\r\nCOPY a /\r\n`, width, bigEndian)
    expect(() => parseDockerfile(bytes)).toThrow(error)
    // Already decoded as UTF-8 by another program.
    expect(() => parseDockerfile(bytes.toString('utf8'))).toThrow(error)
    expect(() => parseIgnore(encoded(`${before}a\n`, width, bigEndian))).toThrow(error)
  }
})

test('UTF-8 with its mark is read', () => {
  expect(parseDockerfile(Buffer.from(`${mark}FROM scratch\n`)).stages).toHaveLength(1)
  expect(parseIgnore(Buffer.from(`${mark}a\n`)).matches('a')).toBe(true)
  expect(parseIgnore('').matches('a')).toBe(false)
})

test.each([
  ['ENV A=a\0b', { line: 2, column: 8 }],
  ['RUN echo \\\n# c\0\n  x\0y', { line: 4, column: 4 }],
  ['CMD ["a", "b\\u0000"]', { line: 2, column: 1 }],
])('a NUL byte in %j is refused with its place', (text, start) => {
  expect(() => parseDockerfile(`FROM scratch\n${text}\n`)).toThrow(
    expect.objectContaining({
      code: 'NUL_BYTE',
      range: expect.objectContaining({ start: expect.objectContaining({ line: start.line }) }),
    }),
  )
})

test('a NUL byte in a comment or in the body of a heredoc is kept', () => {
  expect(() => parseDockerfile('FROM scratch\n# a\0b\nCOPY <<E /f\na\0b\nE\n')).not.toThrow()
})
