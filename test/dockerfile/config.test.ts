import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { test } from '../support/edge.ts'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { writeBaseImage } from '../support/write-base-image.ts'

const obstacle = await withoutRun()
const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

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
  expect(image.history).toEqual(['SHELL [/bin/bash -c]', 'CMD ["/bin/bash" "-c" "echo $X"]'])
  await expect(edge('SHELL bash')).rejects.toThrow('SHELL requires the arguments to be in JSON form')
})

test('56: CMD in the history is a quoted Go slice', async ({ edge }) => {
  expect((await edge('FROM scratch\nCMD ["a b", "c\\"d"]\n')).added).toEqual(['CMD ["a b" "c\\"d"]'])
})

test('57: HEALTHCHECK', async ({ edge }) => {
  const image = await edge('FROM scratch\nHEALTHCHECK --interval=1m30s --retries=4 CMD curl x\n')
  expect(image.config.config['Healthcheck']).toEqual({
    Test: ['CMD-SHELL', 'curl x'],
    Interval: 90_000_000_000,
    Retries: 4,
  })
  expect(image.history).toEqual([
    'HEALTHCHECK {Test:[CMD-SHELL curl x] Interval:1m30s Timeout:0s StartPeriod:0s StartInterval:0s Retries:4}',
  ])
  expect((await edge('FROM scratch\nHEALTHCHECK NONE\n')).config.config['Healthcheck']).toEqual({ Test: ['NONE'] })
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
  expect(image.history).toEqual(['EXPOSE [80/tcp 8080/tcp 9000/tcp 9001/tcp 9002/tcp]'])
  await expect(edge('EXPOSE 80/foo')).rejects.toThrow('invalid proto: foo')
  await expect(edge('EXPOSE 90-80')).rejects.toThrow('invalid containerPort')
  const mapped = await edge('FROM scratch\nEXPOSE 127.0.0.1:8080:80\n')
  expect(mapped.config.config['ExposedPorts']).toEqual({ '80/tcp': {} })
  expect(mapped.warned).toContain('ExposeInvalidFormat')
})

test('59: STOPSIGNAL is stored as written', async ({ edge }) => {
  const image = await edge('FROM scratch\nSTOPSIGNAL sigterm\n')
  expect([image.config.config['StopSignal'], image.history]).toEqual(['sigterm', ['STOPSIGNAL sigterm']])
  await expect(edge('STOPSIGNAL FOO')).rejects.toThrow('invalid signal: FOO')
  await expect(edge('STOPSIGNAL 0')).rejects.toThrow('invalid signal: 0')
})

test('61: labels of the caller win and leave no history', async ({ edge }) => {
  const image = await edge('FROM scratch\nLABEL a=1 b=1\n', { labels: { a: '2', c: '3' } })
  expect([image.config.config['Labels'], image.added]).toEqual([{ a: '2', b: '1', c: '3' }, ['LABEL a=1 b=1']])
})

test('128: # behind an argument is an argument', async ({ edge }) => {
  await expect(edge('FROM busybox # base\n')).rejects.toThrow('FROM requires either one or three arguments')
  expect((await edge('FROM scratch\nUSER app # x\n')).config.config['User']).toBe('app # x')
  await expect(edge('EXPOSE 80 # web')).rejects.toThrow('invalid containerPort')
})

test('133: HEALTHCHECK does not hold the SHELL', async ({ edge }) => {
  const { config } = await edge('FROM scratch\nSHELL ["/bin/bash","-c"]\nHEALTHCHECK CMD x\n')
  expect(config.config['Healthcheck']).toEqual({ Test: ['CMD-SHELL', 'x'] })
})

test('136: the last of equal labels stays, quotes hold a key together', async ({ edge }) => {
  expect((await edge('FROM scratch\nLABEL a=1 a=2\nLABEL "k y"=v\n')).config.config['Labels']).toEqual({
    a: '2',
    'k y': 'v',
  })
})

test('137: commands of nothing', async ({ edge }) => {
  expect((await edge('FROM scratch\nCMD\n')).config.config['Cmd']).toEqual(['/bin/sh', '-c', ''])
  const empty = await edge('CMD []')
  expect([empty.config.config['Cmd'], empty.added]).toEqual([undefined, ['CMD []']])
  await expect(edge('RUN []')).rejects.toThrow('arguments are required')
})

test('41: an exec form is stored as it is', async ({ edge }) => {
  expect((await edge('FROM scratch\nENV P=/x\nENTRYPOINT ["$P"]\n')).config.config['Entrypoint']).toEqual(['$P'])
})

test('45: EXPOSE splits what a variable holds; only the arguments were sorted', async ({ edge }) => {
  const image = await edge('FROM scratch\nENV P="80 443/udp"\nEXPOSE $P\n')
  expect(image.config.config['ExposedPorts']).toEqual({ '443/udp': {}, '80/tcp': {} })
  expect(image.added.at(-1)).toBe('EXPOSE [80/tcp 443/udp]')
})

test('7: JSON with single quotes is a command for the shell', async ({ edge }) => {
  const image = await edge("FROM scratch\nCMD ['nginx','-g','x']\n")
  expect(image.config.config['Cmd']).toEqual(['/bin/sh', '-c', "['nginx','-g','x']"])
  expect(image.warned).toContain('JSONArgsRecommended')
})

test('8: JSON with a number is an error', async ({ edge }) => {
  await expect(edge('FROM scratch\nCMD ["sleep", 5]\n')).rejects.toThrow('arrays must be comprised of strings only')
})

test('9: what follows JSON makes it shell form', async ({ edge }) => {
  const image = await edge('FROM scratch\nENTRYPOINT ["a",]\n')
  expect(image.config.config['Entrypoint']).toEqual(['/bin/sh', '-c', '["a",]'])
})

test('instructions that are about the config alone', async ({ edge }) => {
  const image = await edge(`FROM scratch
MAINTAINER somebody
LABEL a=1 "k y"="v w"
VOLUME /data /more
VOLUME ["/x y"]
USER app:staff
CMD ["a b", "c\\"d"]
ENTRYPOINT ["/bin/app"]
`)
  expect(image.config.author).toBe('somebody')
  expect(image.config.config).toEqual({
    Env: [defaultPath],
    Labels: { a: '1', 'k y': 'v w' },
    Volumes: { '/data': {}, '/more': {}, '/x y': {} },
    User: 'app:staff',
    WorkingDir: '/',
    Cmd: ['a b', 'c"d'],
    ArgsEscaped: true,
    Entrypoint: ['/bin/app'],
  })
  expect(image.history).toEqual([
    'MAINTAINER somebody',
    'LABEL a=1 k y=v w',
    'VOLUME [/data /more]',
    'VOLUME [/x y]',
    'USER app:staff',
    'CMD ["a b" "c\\"d"]',
    'ENTRYPOINT ["/bin/app"]',
  ])
  expect(
    image.config.history.every(
      ({ empty_layer: empty, comment }) => empty === true && comment === 'buildkit.dockerfile.v0',
    ),
  ).toBe(true)
})

test('the base is in front, in layers, history and config', async ({ edge }) => {
  const image = await edge('FROM busybox\nENV A=1\n')
  expect(image.history).toEqual(['base', 'ENV A=1'])
  expect(image.config.config['Cmd']).toEqual(['sh'])
  expect(image.layers).toHaveLength(1)
})

describe.skipIf(obstacle !== undefined)(titled('with RUN', obstacle), () => {
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

  test('128: a user with # in the name is unknown', async ({ edge }) => {
    await expect(edge('USER app # x\nRUN true')).rejects.toThrow('unable to find user app # x')
  })
})
