import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { writeBaseImage } from '../support/write-base-image.ts'
import { test } from './edge.ts'

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

test('54: ENTRYPOINT clears a CMD that was inherited, and no other', async ({ edge }) => {
  const command = async (dockerfile: string): Promise<unknown> => (await edge(dockerfile)).config.config['Cmd']
  expect(await command('FROM busybox\nENTRYPOINT ["x"]\n')).toBeUndefined()
  expect(await command('FROM busybox\nCMD ["a"]\nENTRYPOINT ["x"]\n')).toEqual(['a'])
  expect(await command('FROM scratch AS a\nCMD ["a"]\nFROM a\nENTRYPOINT ["x"]\n')).toBeUndefined()
})

test('55: SHELL is in the commands after it and in the config', async ({ edge }) => {
  const image = await edge('FROM scratch\nSHELL ["/bin/bash","-c"]\nCMD echo $X\n')
  expect(image.config.config['Cmd']).toEqual(['/bin/bash', '-c', 'echo $X'])
  expect(image.config.config['Shell']).toEqual(['/bin/bash', '-c'])
})

test('56: CMD in the history is a quoted Go slice', async ({ edge }) => {
  expect((await edge('FROM scratch\nCMD ["a b", "c\\"d"]\n')).added).toEqual(['CMD ["a b" "c\\"d"]'])
})

test('57: HEALTHCHECK', async ({ edge }) => {
  const image = await edge('FROM scratch\nHEALTHCHECK --interval=30s CMD curl x\n')
  expect(image.config.config['Healthcheck']).toEqual({ Test: ['CMD-SHELL', 'curl x'], Interval: 30_000_000_000 })
  await expect(edge('HEALTHCHECK --interval=0.5ms CMD x')).rejects.toThrow('cannot be less than 1ms')
  await expect(edge('HEALTHCHECK NONE x')).rejects.toThrow('HEALTHCHECK NONE takes no arguments')
})

test('58: EXPOSE keeps ports of the container', async ({ edge }) => {
  const image = await edge('FROM scratch\nEXPOSE 8080 80/TCP 9000-9002\n')
  expect(Object.keys(image.config.config['ExposedPorts'] ?? {}).sort()).toEqual([
    '80/tcp',
    '8080/tcp',
    '9000/tcp',
    '9001/tcp',
    '9002/tcp',
  ])
  await expect(edge('EXPOSE 80/foo')).rejects.toThrow('invalid proto: foo')
  await expect(edge('EXPOSE 90-80')).rejects.toThrow('invalid containerPort')
  const mapped = await edge('FROM scratch\nEXPOSE 127.0.0.1:8080:80\n')
  expect(mapped.config.config['ExposedPorts']).toEqual({ '80/tcp': {} })
  expect(mapped.warned).toContain('ExposeInvalidFormat')
})

test('59: STOPSIGNAL is stored as written', async ({ edge }) => {
  expect((await edge('FROM scratch\nSTOPSIGNAL sigterm\n')).config.config['StopSignal']).toBe('sigterm')
  await expect(edge('STOPSIGNAL FOO')).rejects.toThrow('invalid signal: FOO')
  await expect(edge('STOPSIGNAL 0')).rejects.toThrow('invalid signal: 0')
})

test('61: labels of the caller win and leave no history', async ({ edge }) => {
  const image = await edge('FROM scratch\nLABEL a=1\n', { labels: { a: '2' } })
  expect([image.config.config['Labels'], image.added]).toEqual([{ a: '2' }, ['LABEL a=1']])
})

describe.skipIf(obstacle !== undefined)(titled('with RUN', obstacle), () => {
  test('51: the instructions of a replaced stage are not executed', async ({ edge, base }) => {
    const image = await edge('FROM missing.invalid/golang AS build\nRUN exit 1\nFROM build\nRUN echo built > /o\n', {
      contexts: { build: `oci-layout://${base}:latest` },
    })
    expect(image.text('/o')).toBe('built\n')
  })

  test('53: a trigger runs in the child, once', async ({ edge, directory }) => {
    const child = 'FROM base\nENV X=1\n'
    const inOneFile = await edge(`FROM busybox AS base\nONBUILD RUN echo 1 > /o\n${child}`)
    await writeBaseImage(join(directory, 'triggers'), { OnBuild: ['RUN echo 1 > /o'] })
    const fromImage = await edge(child, { contexts: { base: `oci-layout://${join(directory, 'triggers')}:latest` } })
    for (const image of [inOneFile, fromImage]) {
      expect(image.history).toEqual(['base', 'RUN /bin/sh -c echo 1 > /o # buildkit', 'ENV X=1'])
      expect(image.config.config['OnBuild']).toBeUndefined()
      expect(image.text('/o')).toBe('1\n')
    }
    const base = await edge('ONBUILD RUN echo 1 > /o')
    expect([base.added, base.config.config['OnBuild']]).toEqual([[], ['RUN echo 1 > /o']])
  })

  test('55: RUN of an image uses its SHELL', async ({ edge, directory }) => {
    await writeBaseImage(join(directory, 'shell'), { Shell: ['/bin/sh', '-ec'] })
    const image = await edge('FROM shell\nRUN echo $- > /o; true\n', {
      contexts: { shell: `oci-layout://${join(directory, 'shell')}:latest` },
    })
    expect(image.text('/o')).toContain('e')
    expect(image.added).toEqual(['RUN /bin/sh -ec echo $- > /o; true # buildkit'])
  })

  test('60: what RUN writes below a VOLUME is in the image', async ({ edge }) => {
    const image = await edge('VOLUME /v\nRUN mkdir -p /v && echo x > /v/f')
    expect(image.text('/v/f')).toBe('x\n')
    expect(image.config.config['Volumes']).toEqual({ '/v': {} })
  })
})
