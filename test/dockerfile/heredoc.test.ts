import { describe, expect } from 'vitest'
import { test } from '../support/edge.ts'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'

const obstacle = await withoutRun()

test('22: << at the start of a word is a heredoc, in arithmetic too', async ({ edge }) => {
  await expect(edge('RUN echo $(( 1 << 2 ))')).rejects.toThrow('unterminated heredoc')
})

test('25: <<- drops tabs at the start of lines, not blanks, and its end may stand behind tabs', async ({ edge }) => {
  const image = await edge('FROM scratch\nCOPY <<-EOF /f\n\t\tone\n\t  two\n  three\n\tEOF\n')
  expect(image.text('/f')).toBe('one\n  two\n  three\n')
})

test('26: a heredoc of COPY is expanded, unless its name is quoted', async ({ edge }) => {
  const image = await edge('FROM scratch\nENV X=1\nCOPY <<A <<"B" /d/\n$X \\$X \\\\ "q" \\n\nA\n$X \\$X\nB\n')
  expect(image.text('/d/A')).toBe('1 $X \\ "q" n\n')
  expect(image.text('/d/B')).toBe('$X \\$X\n')
  expect(image.lines(0)).toEqual(['d 755 0:0 d/', 'f 644 0:0 d/A', 'f 644 0:0 d/B'])
  expect(image.history.at(-1)).toBe('COPY <<A <<B /d/ # buildkit')
})

test('27: a heredoc is a file with its name, or with that of the destination', async ({ edge }) => {
  const image = await edge(
    'FROM busybox\nCOPY <<EOF /etc/motd\nhello\nEOF\nCOPY <<EOF /etc/\nhello\nEOF\nCOPY a.txt <<EOF /x\nlast\nEOF\n',
    {
      files: { 'a.txt': 'first' },
    },
  )
  expect([image.text('/etc/motd'), image.text('/etc/EOF'), image.text('/x')]).toEqual(['hello\n', 'hello\n', 'last\n'])
})

test('28: a heredoc is no destination', async ({ edge }) => {
  await expect(edge('COPY a <<EOF\nEOF')).rejects.toThrow('COPY cannot accept a heredoc as a destination')
})

test('30: a blank behind the name does not end a heredoc', async ({ edge }) => {
  await expect(edge('COPY <<EOF /f\nbody\nEOF \n')).rejects.toThrow('unterminated heredoc')
})

test('31: CMD has no heredocs', async ({ edge }) => {
  expect((await edge('FROM scratch\nCMD <<EOF\n')).config.config['Cmd']).toEqual(['/bin/sh', '-c', '<<EOF'])
  await expect(edge('CMD <<EOF\nbody\nEOF')).rejects.toThrow('unknown instruction: body')
})

test('flags apply to the file of a heredoc', async ({ edge }) => {
  const image = await edge('FROM scratch\nCOPY --chmod=600 --chown=3:4 <<EOF /etc/motd\nhello\nEOF\n')
  expect(image.line('/etc/motd')).toBe('f 600 3:4 etc/motd')
})

describe.skipIf(obstacle !== undefined)(titled('with RUN', obstacle), () => {
  test('22: << inside a word is the shell’s', async ({ edge }) => {
    expect((await edge('RUN echo $((1<<2)) > /o')).text('/o')).toBe('4\n')
  })

  test('23: a heredoc is a script whose last command counts', async ({ edge }) => {
    expect((await edge('RUN <<EOF\nfalse\necho ok > /o\nEOF\n')).text('/o')).toBe('ok\n')
    await expect(edge('RUN <<EOF\nset -e\nfalse\necho ok\nEOF\n')).rejects.toThrow('exit code: 1')
  })

  test('24: a heredoc with an interpreter is a file for it that is not in the layer', async ({ edge }) => {
    const image = await edge('RUN <<EOF\n#!/bin/awk -f\nBEGIN { print "from awk" > "/o" }\nEOF\n', {
      files: {},
    })
    expect(image.text('/o')).toBe('from awk\n')
    expect(image.added).toEqual(['RUN /bin/sh -c /dev/pipes/EOF # buildkit'])
    expect(image.lines(-1)).toEqual(['f 644 0:0 o'])
  })

  test('24: an interpreter alone is not enough, the shell starts it', async ({ edge }) => {
    await expect(
      edge('FROM scratch\nCOPY --from=busybox /bin/busybox /bin/awk\nRUN <<EOF\n#!/bin/awk -f\nBEGIN {}\nEOF\n'),
    ).rejects.toThrow('/bin/sh')
  })

  test('25: <<- of a script', async ({ edge }) => {
    expect((await edge('RUN <<-EOF\n\t\techo "\t  x" > /o\n\tEOF\n')).text('/o')).toBe('\t  x\n')
  })

  test('29: two heredocs go to the shell with the command', async ({ edge }) => {
    const image = await edge('RUN cat <<A > /1 && cat <<B > /2\none\nA\ntwo\nB\n')
    expect([image.text('/1'), image.text('/2')]).toEqual(['one\n', 'two\n'])
  })
})
