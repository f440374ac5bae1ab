import { expect, test } from 'vitest'
import { runChecks } from './checks/run-checks.ts'
import { DockerfileError } from './text/errors.ts'
import { parseDockerfile } from './parse-dockerfile.ts'

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

test('what stands before the first FROM is ARG', () => {
  expect(parseDockerfile('ARG a\narg b=1\nFROM x').globalArgs.flatMap(({ args }) => args)).toEqual([
    { name: 'a' },
    { name: 'b', value: '1' },
  ])
  for (const line of ['RUN a', 'ENV a=b', 'ONBUILD RUN a', 'MAINTAINER a']) {
    expect(() => parseDockerfile(`ARG a\n${line}\nFROM x`)).toThrow(
      expect.objectContaining({
        message: 'no build stage in current context',
        range: expect.objectContaining({ start: { line: 2, column: 1 } }),
      }),
    )
  }
})

test.each<[text: string | Uint8Array, message: string]>([
  ['', 'the Dockerfile cannot be empty'],
  [new Uint8Array(), 'the Dockerfile cannot be empty'],
  [' ', 'file with no instructions'],
  ['\n\n', 'file with no instructions'],
  ['# escape=`\n# a\n', 'file with no instructions'],
  ['ARG a', 'dockerfile contains no stages to build'],
])('%j: %s', (text, message) => {
  expect(() => parseDockerfile(text)).toThrow(message)
})

// A physical line may have 65,535 bytes: what is longer is continued.
const joined = (head: string, part: string, end = ''): string =>
  `${head}${`${part.repeat(Math.ceil(1000 / part.length))} \\\n`.repeat(1049)}${end}\n`

test.each<[what: string, text: string]>([
  ['instructions', 'RUN echo hi\n'.repeat(87_382)],
  ['stages', 'FROM a\n'.repeat(149_797)],
  ['continuation lines', `${'RUN a \\\n  b && \\\n'.repeat(61_681)} c\n`],
  ['comments in a continuation', `RUN a \\\n${'# x\n'.repeat(262_144)}`],
  ['blank lines in a continuation', `RUN a \\\n${'\n'.repeat(1_048_576)}`],
  ['comments', '# x\n'.repeat(262_144)],
  ['blanks', joined('RUN a', ' ', 'b')],
  ['heredocs', 'RUN <<EOF\nx\nEOF\n'.repeat(65_536)],
  ['heredocs of one instruction', `RUN ${'<<A '.repeat(10_000)}\n${'A\n'.repeat(10_000)}`],
  ['heredoc body', `COPY <<A /a\n${'$x ${y:-"z"}\n'.repeat(80_000)}A\n`],
  ['substitutions', 'RUN ${a:-${b}} <<A\nA\n'.repeat(49_933)],
  ['substitutions that are never closed', joined('RUN <<A ', '${a:-')],
  ['quotes', joined('RUN <<A ', `"a" 'b' `)],
  ['quotes that are never closed', joined('ENV a="', 'b ')],
  ['quoted pairs', joined('ENV ', `a="b"'c' `)],
  ['escapes', joined('ENV a=', '\\b')],
  ['angle brackets', joined('RUN ', '<< ')],
  ['list', joined('CMD [', '"a",', '"b"]')],
  ['list that is never closed', joined('CMD ', '[')],
  ['flags', joined('COPY ', '--exclude="a" ', 'b c')],
  ['mounts', joined('RUN ', '--mount=target=/a ', 'b')],
  ['ports', joined('EXPOSE ', '1-2/tcp ')],
  ['triggers', 'ONBUILD ENV a=b\n'.repeat(65_536)],
  ['unknown instructions', 'RUNN a\n'.repeat(149_797)],
])('a file of one MiB full of %s is read or refused', (_what, text) => {
  refused(() => runChecks(parseDockerfile(`FROM busybox\n${text}`)))
})

test('deep lists are refused, not overflowed', () => {
  expect(refused(() => parseDockerfile(`FROM a\nRUN ${'['.repeat(20_000)}${']'.repeat(20_000)}`))?.code).toBe(
    'JSON_NOT_STRINGS',
  )
  expect(refused(() => parseDockerfile(`FROM a\nRUN ${'['.repeat(50_000)}`))).toBeUndefined()
})

test('a file has at most 100,000 instructions', () => {
  const lines = 'USER a\n'.repeat(99_999)
  expect(parseDockerfile(`FROM x\n${lines}`).stages[0]?.instructions).toHaveLength(99_999)
  expect(refused(() => parseDockerfile(`FROM x\n${lines}USER b\n`))).toMatchObject({
    code: 'TOO_MANY_INSTRUCTIONS',
    range: { start: { line: 100_001 } },
    hint: 'split the file, or do more with each instruction',
  })
})
