import { describe, expect } from 'vitest'
import { test } from '../support/edge.ts'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'

const obstacle = await withoutRun()

test('3: a doubled escape at the end of a line does not continue it', async ({ edge }) => {
  const image = await edge('FROM scratch\nENV P=c:\\\\\nENV Q=1\n')
  expect([image.env('P'), image.env('Q')]).toEqual(['c:\\', '1'])
  expect(image.added).toEqual(['ENV P=c:\\', 'ENV Q=1'])
})

test('4: a directive after a comment is a comment', async ({ edge }) => {
  const image = await edge('# my file\n# escape=`\nFROM scratch\nENV A=x`y\n')
  expect(image.env('A')).toBe('x`y')
  expect((await edge('\n# escape=`\nFROM scratch\nENV A=x`y\n')).env('A')).toBe('x`y')
})

test('5: with a backtick as escape the backslash is an ordinary character', async ({ edge }) => {
  expect((await edge('# escape=`\nFROM scratch\nENV A=c:\\dir` B\n')).env('A')).toBe('c:\\dir B')
})

test('6: CRLF ends lines, but stays in heredocs', async ({ edge }) => {
  const image = await edge('FROM scratch\r\nENV A=1\r\nCOPY <<EOF /f\r\nbody\r\nEOF\r\n')
  expect(image.env('A')).toBe('1')
  expect(image.text('/f')).toBe('body\r\n')
})

test('10: keywords may be written in any case', async ({ edge }) => {
  const image = await edge('from scratch\nEnv A=1\nenv B=1\n')
  expect([image.env('A'), image.env('B')]).toEqual(['1', '1'])
  expect(image.warned).toContain('ConsistentInstructionCasing')
})

test('11: an unknown flag is an error with a suggestion; ARG drops its flags', async ({ edge }) => {
  await expect(edge('COPY --chwon=1 a /b')).rejects.toMatchObject({
    message: expect.stringContaining('unknown flag: --chwon'),
    hint: expect.stringContaining('chown'),
  })
  await expect(edge('RUN --netwrok=none x')).rejects.toMatchObject({
    message: expect.stringContaining('unknown flag: --netwrok'),
    hint: expect.stringContaining('network'),
  })
  expect((await edge('FROM scratch\nARG --foo A=1\nENV B=$A\n')).env('B')).toBe('1')
})

test('12: a flag twice is an error, unless it may be repeated', async ({ edge }) => {
  await expect(edge('COPY --chown=1 --chown=2 a b')).rejects.toThrow('duplicate flag specified: --chown')
  const image = await edge('FROM scratch\nCOPY --exclude=a --exclude=b . /o/\n', { files: { a: '', b: '', c: '' } })
  expect(image.lines(0)).toEqual(['d 755 0:0 o/', 'f 644 0:0 o/c'])
})

test('13: a lone -- ends the flags of COPY', async ({ edge }) => {
  const image = await edge('FROM scratch\nCOPY -- --odd /o/\n', { files: { '--odd': 'odd' } })
  expect(image.text('/o/--odd')).toBe('odd')
})

test('19: an unknown instruction is an error with a suggestion, in unneeded stages too', async ({ edge }) => {
  const unknown = {
    message: expect.stringContaining('unknown instruction: RUNN'),
    hint: expect.stringContaining('RUN'),
  }
  await expect(edge('RUNN x')).rejects.toMatchObject(unknown)
  await expect(edge('FROM scratch AS unused\nRUNN x\nFROM scratch\n')).rejects.toMatchObject(unknown)
})

test('20: a line has at most 65535 bytes, an instruction may have more', async ({ edge }) => {
  const message = 'dockerfile line greater than max allowed size of 65535'
  await expect(edge(`RUN echo ${'x'.repeat(70_000)}`)).rejects.toThrow(message)
  const image = await edge(`FROM scratch\nCMD ${'x'.repeat(40_000)}\\\n${'x'.repeat(40_000)}\n`)
  expect(image.config.config['Cmd']).toEqual(['/bin/sh', '-c', 'x'.repeat(80_000)])
})

describe.skipIf(obstacle !== undefined)(titled('with RUN', obstacle), () => {
  test('1: a continuation is joined without a blank', async ({ edge }) => {
    const image = await edge('RUN ec\\\nho hi > /o\n')
    expect(image.text('/o')).toBe('hi\n')
    expect(image.added).toEqual(['RUN /bin/sh -c echo hi > /o # buildkit'])
  })

  test('2: comments and blank lines in a continuation vanish, the latter with a warning', async ({ edge }) => {
    const image = await edge('RUN echo a \\\n# note\n\n  b > /o\n')
    expect(image.text('/o')).toBe('a b\n')
    expect(image.added).toEqual(['RUN /bin/sh -c echo a   b > /o # buildkit'])
    expect(image.warned).toEqual(['NoEmptyContinuation'])
  })

  test('9: what follows JSON is a command of the shell', async ({ edge }) => {
    await expect(edge('RUN ["echo","x"] && id')).rejects.toThrow('did not complete successfully: exit code: 127')
    expect((await edge('RUN ["echo","x"] || echo shell > /o')).text('/o')).toBe('shell\n')
  })

  test('13: a lone -- ends the flags of RUN', async ({ edge }) => {
    await expect(edge('RUN -- --x')).rejects.toThrow('process "/bin/sh -c --x" did not complete successfully')
  })

  test('21: # in a command is for the shell, a line that starts with it is not', async ({ edge }) => {
    const image = await edge('RUN echo a > /1 # b\nRUN echo "a" > /2 \\\n# x\n&& echo b >> /2\n')
    expect([image.text('/1'), image.text('/2')]).toEqual(['a\n', 'a\nb\n'])
    expect(image.added).toEqual([
      'RUN /bin/sh -c echo a > /1 # b # buildkit',
      'RUN /bin/sh -c echo "a" > /2 && echo b >> /2 # buildkit',
    ])
  })
})
