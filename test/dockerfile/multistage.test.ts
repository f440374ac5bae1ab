import { describe, expect } from 'vitest'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { test } from '../support/test.ts'

const obstacle = await withoutRun()

test('files move from stage to stage with their owners', async ({ build }) => {
  const image = await build(
    'FROM base AS one\nCOPY --chown=7:8 a /x/a\nFROM scratch\nCOPY --from=one /x/ /y/\nCOPY --from=0 /x/a /b\n',
    {
      files: { a: 'hello' },
    },
  )
  expect(image.lines(0)).toEqual(['d 755 0:0 y/', 'f 644 7:8 y/a'])
  expect(image.lines(1)).toEqual(['f 644 7:8 b'])
  expect(image.history).toEqual(['COPY /x/ /y/ # buildkit', 'COPY /x/a /b # buildkit'])
})

test('a stage goes on from another one, config included', async ({ build }) => {
  const image = await build('FROM scratch AS One\nENV A=1\nWORKDIR /w\nCOPY a .\nFROM one\nCOPY a b\n', {
    files: { a: 'hello' },
  })
  expect(image.line('/w/b')).toBe('f 644 0:0 w/b')
  expect(image.config.config['WorkingDir']).toBe('/w')
  expect(image.config.rootfs.diff_ids).toHaveLength(3)
})

test('--target skips later stages', async ({ build, failBuild }) => {
  const dockerfile = 'FROM scratch AS first\nLABEL s=first\nFROM registry.invalid/missing AS second\nRUN false\n'
  expect((await build(dockerfile, { args: ['--target', 'FIRST'] })).config.config['Labels']).toEqual({ s: 'first' })
  expect((await failBuild(dockerfile, { args: ['--target', 'third'] })).stderr).toContain(
    'target stage "third" could not be found',
  )
})

test('an unneeded stage is not built, but must be well-formed', async ({ build, failBuild }) => {
  expect(
    (await build('FROM registry.invalid/missing AS unused\nRUN false\nFROM scratch\nLABEL a=1\n')).config.config[
      'Labels'
    ],
  ).toEqual({
    a: '1',
  })
  expect((await failBuild('FROM UPPER/img AS unused\nFROM scratch\n')).stderr).toContain('repository name')
})

test('references that make no sense', async ({ failBuild }) => {
  expect((await failBuild('FROM scratch\nCOPY --from=9 /a /a\n')).stderr).toContain('invalid stage index 9')
  expect(
    (await failBuild('FROM scratch AS a\nCOPY --from=b /x /x\nFROM scratch AS b\n', { args: ['--target', 'a'] }))
      .stderr,
  ).toContain('it needs to be defined before current stage')
  expect((await failBuild('FROM scratch AS a\nCOPY --from=a /x /x\n')).stderr).toContain(
    'circular dependency detected on stage',
  )
  expect((await failBuild('ARG S=a\nFROM scratch\nARG S\nCOPY --from=$S /x /x\n')).stderr).toContain(
    'variable expansion is not supported for --from',
  )
})

test('only scratch is an image without layers', async ({ build }) => {
  const image = await build('FROM scratch\n')
  expect(image.layers).toEqual([])
  expect(image.config.rootfs).toEqual({ type: 'layers', diff_ids: [] })
})

describe.skipIf(obstacle !== undefined)(titled('with RUN', obstacle), () => {
  test('what a stage makes, another takes', async ({ build }) => {
    const image = await build(
      'FROM base AS make\nRUN mkdir /out && echo made > /out/x && chmod 711 /out\nFROM scratch\nCOPY --from=make /out /out\n',
    )
    expect(image.lines(0)).toEqual(['d 755 0:0 out/', 'f 644 0:0 out/x'])
  })

  test('a stage used twice runs once', async ({ build }) => {
    const image = await build(
      'FROM base AS make\nRUN cat /proc/sys/kernel/random/uuid > /id\nFROM scratch\nCOPY --from=make /id /a\nCOPY --from=make /id /b\n',
    )
    expect(image.text('/a')).toMatch(/^[0-9a-f-]{36}\n$/)
    expect(image.text('/b')).toBe(image.text('/a'))
  })
})
