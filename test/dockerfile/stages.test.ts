import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { test } from '../support/edge.ts'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { writeBaseImage } from '../support/write-base-image.ts'
import { writeTree } from '../support/write-tree.ts'

const obstacle = await withoutRun()
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

test('46: an unused stage must name a possible image, not one that exists', async ({ edge }) => {
  await expect(edge('FROM UPPER/img AS unused\nFROM scratch\n')).rejects.toThrow(
    /repository name must be lowercase|invalid reference format/,
  )
  const image = await edge('FROM missing.invalid/no/such AS unused\nFROM scratch\nLABEL a=1\n')
  expect(image.added).toEqual(['LABEL a=1'])
})

test('47: the name of a stage shadows an image', async ({ edge }) => {
  const image = await edge('FROM scratch AS alpine\nLABEL from=stage\nFROM alpine\n')
  expect(image.config.config['Labels']).toEqual({ from: 'stage' })
})

test('48: FROM compares the case of stage names', async ({ edge }) => {
  await expect(edge('FROM busybox AS base\nFROM BASE\n')).rejects.toThrow(/repository name .*must be lowercase/)
})

test('49: --platform on a stage is ignored', async ({ edge }) => {
  const image = await edge(
    'FROM scratch AS base\nFROM --platform=linux/s390x base\nARG TARGETARCH\nLABEL a=$TARGETARCH\n',
    {
      platforms: ['linux/amd64'],
    },
  )
  expect([image.config.architecture, image.config.config['Labels']]).toEqual(['amd64', { a: 'amd64' }])
})

test('50: COPY --from takes only what is before it', async ({ edge }) => {
  await expect(edge('FROM scratch AS a\nCOPY --from=b /f /\nFROM scratch AS b\n', { target: 'a' })).rejects.toThrow(
    'cannot copy from stage "b", it needs to be defined before current stage "a"',
  )
  await expect(edge('FROM scratch\nFROM scratch\nCOPY --from=9 /f /\n')).rejects.toThrow('invalid stage index 9')
  await expect(edge('FROM scratch AS a\nCOPY --from=a /f /\n')).rejects.toThrow(
    'circular dependency detected on stage: a',
  )
})

test('51: a named context with the alias of a stage replaces all of it', async ({ edge, base }) => {
  const image = await edge('FROM missing.invalid/golang AS build\nRUN no such command\nLABEL a=1\nFROM build\n', {
    contexts: { build: `oci-layout://${base}:latest` },
  })
  expect(image.history).toEqual(['base'])
})

test('52: an image from scratch has a PATH and a working directory', async ({ edge }) => {
  const image = await edge('FROM scratch\nCOPY a /\n', { files: { a: '' } })
  expect(image.config.config).toEqual({ Env: [`PATH=${defaultPath}`], WorkingDir: '/' })
  expect(image.layers).toHaveLength(1)
})

test('132: FROM scratch alone is an image', async ({ edge }) => {
  const { manifest, config } = await edge('FROM scratch\n')
  expect([manifest.layers, config.rootfs, config.history]).toEqual([[], { type: 'layers', diff_ids: [] }, []])
  expect(config.config).toEqual({ Env: [`PATH=${defaultPath}`], WorkingDir: '/' })
})

test('138: --from takes an image that is no stage', async ({ edge, base }) => {
  const image = await edge('FROM scratch\nCOPY --from=busybox:1.36 /etc/passwd /p\n', {
    contexts: { 'busybox:1.36': `oci-layout://${base}:latest` },
  })
  expect(image.text('/p')).toContain('root:x:0:0')
  await expect(edge('COPY --from=./dir /f /')).rejects.toThrow('invalid reference')
})

test('42: --from takes no variables', async ({ edge }) => {
  await expect(edge('ARG S=a\nCOPY --from=$S /f /')).rejects.toThrow('variable expansion is not supported for --from')
})

test('44: FROM sees the platform arguments without an ARG', async ({ edge }) => {
  const architecture = process.arch === 'x64' ? 'amd64' : process.arch
  const image = await edge(
    'FROM --platform=$BUILDPLATFORM scratch\nLABEL a="[$TARGETARCH]"\nARG TARGETARCH\nLABEL b="[$TARGETARCH]"\n',
  )
  expect(image.config.config['Labels']).toEqual({ a: '[]', b: `[${architecture}]` })
})

test('18: FROM has one word or three, and names that are lower-cased', async ({ edge }) => {
  await expect(edge('FROM a b')).rejects.toThrow('FROM requires either one or three arguments')
  await expect(edge('FROM busybox AS 1st')).rejects.toThrow('invalid name for build stage: "1st"')
  const image = await edge('FROM scratch AS Build\nCOPY a /a\nFROM scratch\nCOPY --from=BUILD /a /b\n', {
    files: { a: 'a' },
  })
  expect(image.text('/b')).toBe('a')
  expect(image.warned).toContain('StageNameCasing')
})

test('files move from stage to stage with their owners', async ({ edge }) => {
  const image = await edge(
    'FROM busybox AS one\nCOPY --chown=7:8 a /x/a\nFROM scratch\nCOPY --from=one /x/ /y/\nCOPY --from=0 /x/a /b\n',
    {
      files: { a: 'hello' },
    },
  )
  expect(image.lines(0)).toEqual(['d 755 0:0 y/', 'f 644 7:8 y/a'])
  expect(image.lines(1)).toEqual(['f 644 7:8 b'])
  expect(image.history).toEqual(['COPY /x/ /y/ # buildkit', 'COPY /x/a /b # buildkit'])
})

test('a stage goes on from another one, config included', async ({ edge }) => {
  const image = await edge('FROM scratch AS One\nENV A=1\nWORKDIR /w\nCOPY a .\nFROM one\nCOPY a b\n', {
    files: { a: 'hello' },
  })
  expect(image.line('/w/b')).toBe('f 644 0:0 w/b')
  expect(image.config.config['WorkingDir']).toBe('/w')
  expect(image.config.rootfs.diff_ids).toHaveLength(3)
})

test('the target skips later stages', async ({ edge }) => {
  const dockerfile = 'FROM scratch AS first\nLABEL s=first\nFROM registry.invalid/missing AS second\nRUN false\n'
  expect((await edge(dockerfile, { target: 'FIRST' })).config.config['Labels']).toEqual({ s: 'first' })
  await expect(edge(dockerfile, { target: 'third' })).rejects.toThrow('target stage "third" could not be found')
})

describe('named contexts', () => {
  test('a directory, filtered by its own ignore file', async ({ build, directory }) => {
    await writeTree(join(directory, 'more'), { a: 'from more', b: '', '.dockerignore': 'b\n.dockerignore\n' })
    const image = await build('FROM scratch\nCOPY --from=more . /o/\n', {
      args: ['--build-context', `more=${join(directory, 'more')}`],
    })
    expect(image.lines(0)).toEqual(['d 755 0:0 o/', 'f 644 0:0 o/a'])
  })

  test('an OCI layout in place of an image', async ({ build, directory }) => {
    const layout = join(directory, 'layout')
    await writeBaseImage(layout, { Labels: { from: 'layout' } })
    const args = ['--build-context', `registry.invalid/some/image=oci-layout://${layout}:latest`]
    const image = await build(
      'FROM registry.invalid/some/image\nCOPY --from=registry.invalid/some/image /etc/group /g\n',
      { args },
    )
    expect(image.config.config['Labels']).toEqual({ from: 'layout' })
    expect(image.line('/g')).toBe('f 644 0:0 g')
  })

  test('in place of a stage, which is not built then', async ({ build, directory }) => {
    await writeTree(join(directory, 'more'), { a: 'given' })
    const image = await build(
      'FROM registry.invalid/missing AS make\nRUN false\nFROM scratch\nCOPY --from=make /a /a\n',
      {
        args: ['--build-context', `make=${join(directory, 'more')}`],
      },
    )
    expect(image.text('/a')).toBe('given')
  })
})

describe.skipIf(obstacle !== undefined)(titled('with RUN', obstacle), () => {
  test('51: the instructions of a replaced stage are not executed', async ({ edge, base }) => {
    const image = await edge('FROM missing.invalid/golang AS build\nRUN exit 1\nFROM build\nRUN echo built > /o\n', {
      contexts: { build: `oci-layout://${base}:latest` },
    })
    expect(image.text('/o')).toBe('built\n')
  })

  test('what a stage makes, another takes', async ({ edge }) => {
    const image = await edge(
      'FROM busybox AS make\nRUN mkdir /out && echo made > /out/x && chmod 711 /out\nFROM scratch\nCOPY --from=make /out /out\n',
    )
    expect(image.lines(0)).toEqual(['d 755 0:0 out/', 'f 644 0:0 out/x'])
  })

  test('a stage used twice runs once', async ({ edge }) => {
    const image = await edge(
      'FROM busybox AS make\nRUN cat /proc/sys/kernel/random/uuid > /id\nFROM scratch\nCOPY --from=make /id /a\nCOPY --from=make /id /b\n',
    )
    expect(image.text('/a')).toMatch(/^[0-9a-f-]{36}\n$/)
    expect(image.text('/b')).toBe(image.text('/a'))
  })
})
