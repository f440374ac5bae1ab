import { describe, expect } from 'vitest'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { test } from '../support/test.ts'

const obstacle = await withoutRun()

describe('COPY', () => {
  test('bodies are files; only unquoted names expand them', async ({ build }) => {
    const image = await build('FROM scratch\nENV X=1\nCOPY <<A <<"B" /d/\n$X \\$X \\\\ "q" \\n\nA\n$X \\$X\nB\n')
    expect(image.text('/d/A')).toBe('1 $X \\ "q" n\n')
    expect(image.text('/d/B')).toBe('$X \\$X\n')
    expect(image.lines(0)).toEqual(['d 755 0:0 d/', 'f 644 0:0 d/A', 'f 644 0:0 d/B'])
    expect(image.history.at(-1)).toBe('COPY <<A <<B /d/ # buildkit')
  })

  test('a destination without slash names the file', async ({ build }) => {
    const image = await build('FROM scratch\nCOPY --chmod=600 --chown=3:4 <<EOF /etc/motd\nhello\nEOF\n')
    expect(image.line('/etc/motd')).toBe('f 600 3:4 etc/motd')
  })

  test('<<- takes leading tabs away, blanks stay', async ({ build }) => {
    const image = await build('FROM scratch\nCOPY <<-EOF /f\n\t\tone\n\t  two\n\tEOF\n')
    expect(image.text('/f')).toBe('one\n  two\n')
  })

  test('errors', async ({ failBuild }) => {
    expect((await failBuild('FROM scratch\nCOPY <<EOF /f\nEOF \n')).stderr).toContain('unterminated heredoc')
    expect((await failBuild('FROM scratch\nCOPY a <<EOF\nEOF\n', { files: { a: '' } })).stderr).toContain(
      'COPY cannot accept a heredoc as a destination',
    )
  })
})

describe.skipIf(obstacle !== undefined)(titled('RUN', obstacle), () => {
  test('one heredoc is the script; only its last command decides', async ({ build }) => {
    const image = await build('FROM base\nRUN <<EOF\nfalse\necho ok > /out\nEOF\n')
    expect(image.text('/out')).toBe('ok\n')
  })

  test('a script with its own interpreter', async ({ build }) => {
    const image = await build('FROM base\nRUN <<EOF\n#!/bin/awk -f\nBEGIN { print 6 * 7 > "/out" }\nEOF\n')
    expect(image.text('/out')).toBe('42\n')
    expect(image.history.at(-1)).toBe('RUN /bin/sh -c /dev/pipes/EOF # buildkit')
    expect(image.lines(-1).filter((line) => !line.startsWith('d'))).toEqual(['f 644 0:0 out'])
  })

  test('others are left to the shell', async ({ build }) => {
    const image = await build('FROM base\nRUN cat <<A > /1 && cat <<B > /2\none\nA\ntwo\nB\n')
    expect([image.text('/1'), image.text('/2')]).toEqual(['one\n', 'two\n'])
  })
})
