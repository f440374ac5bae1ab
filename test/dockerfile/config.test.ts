import { expect } from 'vitest'
import { test } from '../support/test.ts'

const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

test('every instruction that is about the config alone', async ({ build }) => {
  const image = await build(`FROM scratch
MAINTAINER somebody
LABEL a=1 "k y"="v w"
EXPOSE 8080 80/TCP 9000-9002
VOLUME /data /more
VOLUME ["/x y"]
STOPSIGNAL sigterm
USER app:staff
CMD ["a b", "c\\"d"]
ENTRYPOINT ["/bin/app"]
`)
  expect(image.config.author).toBe('somebody')
  expect(image.config.config).toEqual({
    Env: [defaultPath],
    Labels: { a: '1', 'k y': 'v w' },
    ExposedPorts: { '8080/tcp': {}, '80/tcp': {}, '9000/tcp': {}, '9001/tcp': {}, '9002/tcp': {} },
    Volumes: { '/data': {}, '/more': {}, '/x y': {} },
    StopSignal: 'sigterm',
    User: 'app:staff',
    WorkingDir: '/',
    Cmd: ['a b', 'c"d'],
    ArgsEscaped: true,
    Entrypoint: ['/bin/app'],
  })
  expect(image.history).toEqual([
    'MAINTAINER somebody',
    'LABEL a=1 k y=v w',
    'EXPOSE [80/tcp 8080/tcp 9000/tcp 9001/tcp 9002/tcp]',
    'VOLUME [/data /more]',
    'VOLUME [/x y]',
    'STOPSIGNAL sigterm',
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

test('shell forms are wrapped in the shell', async ({ build }) => {
  const image = await build('FROM scratch\nSHELL ["/bin/bash", "-c"]\nCMD echo $X\n')
  expect(image.config.config['Cmd']).toEqual(['/bin/bash', '-c', 'echo $X'])
  expect(image.history).toEqual(['SHELL [/bin/bash -c]', 'CMD ["/bin/bash" "-c" "echo $X"]'])
})

test('what is no JSON is a shell form, JSON of other things an error', async ({ build, failBuild }) => {
  const image = await build("FROM scratch\nCMD ['nginx','-g']\n")
  expect(image.config.config['Cmd']).toEqual(['/bin/sh', '-c', "['nginx','-g']"])
  expect((await failBuild('FROM scratch\nCMD ["sleep", 5]\n')).stderr).toContain(
    'arrays must be comprised of strings only',
  )
})

test('ENTRYPOINT takes away an inherited CMD, not its own', async ({ build }) => {
  expect((await build('FROM base\nENTRYPOINT ["x"]\n')).config.config['Cmd']).toBeUndefined()
  expect((await build('FROM base\nCMD ["a"]\nENTRYPOINT ["x"]\n')).config.config['Cmd']).toEqual(['a'])
})

test('HEALTHCHECK', async ({ build, failBuild }) => {
  const image = await build('FROM scratch\nHEALTHCHECK --interval=1m30s --retries=4 CMD curl x\n')
  expect(image.config.config['Healthcheck']).toEqual({
    Test: ['CMD-SHELL', 'curl x'],
    Interval: 90_000_000_000,
    Retries: 4,
  })
  expect(image.history).toEqual([
    'HEALTHCHECK {Test:[CMD-SHELL curl x] Interval:1m30s Timeout:0s StartPeriod:0s StartInterval:0s Retries:4}',
  ])
  expect((await build('FROM scratch\nHEALTHCHECK NONE\n')).config.config['Healthcheck']).toEqual({ Test: ['NONE'] })
  expect((await failBuild('FROM scratch\nHEALTHCHECK --interval=0.5ms CMD x\n')).stderr).toContain('less than 1ms')
})

test('values that are wrong', async ({ failBuild }) => {
  expect((await failBuild('FROM scratch\nEXPOSE 80/foo\n')).stderr).toContain('invalid proto: foo')
  expect((await failBuild('FROM scratch\nSTOPSIGNAL FOO\n')).stderr).toContain('invalid signal: FOO')
  expect((await failBuild('FROM scratch\nSHELL bash\n')).stderr).toContain(
    'SHELL requires the arguments to be in JSON form',
  )
})

test('--label goes over LABEL and leaves no history', async ({ build }) => {
  const image = await build('FROM scratch\nLABEL a=1 b=1\n', { args: ['--label', 'a=2', '--label', 'c=3'] })
  expect(image.config.config['Labels']).toEqual({ a: '2', b: '1', c: '3' })
  expect(image.history).toEqual(['LABEL a=1 b=1'])
})

test('the base is in front, in layers, history and config', async ({ build }) => {
  const image = await build('FROM base\nENV A=1\n')
  expect(image.history).toEqual(['base', 'ENV A=1'])
  expect(image.config.config['Cmd']).toEqual(['sh'])
  expect(image.layers).toHaveLength(1)
})
