import { expect, test } from 'vitest'
import { amd64, lastOf, lowerLines, lowerText, opsOf, ownHistory } from '../testing/lower-text.ts'

const image = (config: object, extra?: Record<string, unknown>): { readonly images: Record<string, object> } => ({
  images: { 'docker.io/library/base:latest': { config, ...(extra && { extra }) } },
})

test('53: triggers run right after FROM, and are gone', async () => {
  const images = {
    'docker.io/library/base:latest': {
      config: { OnBuild: ['RUN echo 1', 'COPY a /a'] },
      history: [{ created_by: 'base' }],
    },
  }
  const target = await lowerText('FROM base\nENV X=1', { images })
  expect(target.history).toEqual([
    { created_by: 'base' },
    { created_by: 'RUN /bin/sh -c echo 1 # buildkit', comment: 'buildkit.dockerfile.v0' },
    { created_by: 'COPY a /a # buildkit', comment: 'buildkit.dockerfile.v0' },
    { created_by: 'ENV X=1', comment: 'buildkit.dockerfile.v0', empty_layer: true },
  ])
  expect(target.baseHistory).toBe(1)
  expect(target.config.config).not.toHaveProperty('OnBuild')
  expect(target.rootfs).toMatchObject({ name: '[3/3] ONBUILD COPY a /a', range: { start: { line: 1 } } })
})

test('53: triggers of a parent stage run in the child, not in the grandchild', async () => {
  const text = 'FROM busybox AS a\nONBUILD RUN echo $V\nFROM a AS b\nFROM b AS c\nRUN last'
  expect(ownHistory(await lowerText(text, { target: 'b' }))).toEqual(['RUN /bin/sh -c echo $V # buildkit'])
  const c = await lowerText(text)
  expect(ownHistory(c)).toEqual(['RUN /bin/sh -c echo $V # buildkit', 'RUN /bin/sh -c last # buildkit'])
  expect((await lowerText(text, { target: 'a' })).config.config?.OnBuild).toEqual(['RUN echo $V'])
})

test('53: triggers are expanded where they run', async () => {
  const { rootfs } = await lowerText('FROM base', image({ Env: ['D=/data'], OnBuild: ['WORKDIR $D'] }))
  expect(lastOf(rootfs, 'mkdir').path).toBe('/data')
})

test('53: triggers bring their own stages and images', async () => {
  const { images } = image({ OnBuild: ['COPY --from=assets /a /a', 'RUN --mount=from=tools,target=/t t'] })
  const more = { ...images, 'docker.io/library/tools:latest': {} }
  const { rootfs } = await lowerText('FROM busybox AS assets\nRUN make\nFROM base', { images: more })
  expect(opsOf(rootfs, 'image').map(({ reference }) => reference)).toEqual([
    'docker.io/library/base:latest',
    'docker.io/library/busybox:latest',
    'docker.io/library/tools:latest',
  ])
})

test('53: triggers cannot take from their own or a later stage', async () => {
  const own = image({ OnBuild: ['COPY --from=me /a /a'] })
  await expect(lowerText('FROM base AS me', own)).rejects.toThrow('circular dependency detected on stage: me')
  const later = image({ OnBuild: ['COPY --from=late /a /a'] })
  await expect(lowerText('FROM base AS me\nFROM busybox AS late', { ...later, target: 'me' })).rejects.toThrow(
    'cannot copy from stage "late", it needs to be defined before current stage "me"',
  )
})

test('53: triggers and contexts cannot make stages wait for each other', async () => {
  const { images } = image({ OnBuild: ['COPY --from=other /a /a'] })
  const contexts = { other: { kind: 'target', stage: 'b' } } as const
  const text = 'FROM base AS a\nFROM busybox AS b\nCOPY --from=a /f /'
  await expect(lowerText(text, { images, contexts })).rejects.toMatchObject({ code: 'STAGE_CYCLE' })
})

test('131: a trigger that is no instruction fails in the child, at its FROM', async () => {
  await expect(lowerLines('ONBUILD FOO x')).resolves.toBeDefined()
  await expect(lowerText('ARG A\nFROM base', image({ OnBuild: ['FOO x'] }))).rejects.toMatchObject({
    message: expect.stringContaining('unknown instruction: FOO'),
    range: { start: { line: 2 } },
  })
  await expect(lowerText('FROM base', image({ OnBuild: ['FROM x'] }))).rejects.toThrow(
    "FROM isn't allowed as an ONBUILD trigger",
  )
})

test('54: ENTRYPOINT clears an inherited CMD, not one of its own stage', async () => {
  const clears = await lowerText('FROM base\nENTRYPOINT ["x"]', image({ Cmd: ['sh'] }))
  expect(clears.config.config).toMatchObject({ Entrypoint: ['x'] })
  expect(clears.config.config).not.toHaveProperty('Cmd')
  const keeps = await lowerLines('CMD ["a"]\nENTRYPOINT ["x"]')
  expect(keeps.config.config).toMatchObject({ Cmd: ['a'], Entrypoint: ['x'], ArgsEscaped: true })
  const child = await lowerText('FROM busybox AS a\nCMD ["a"]\nFROM a\nENTRYPOINT ["x"]')
  expect(child.config.config).not.toHaveProperty('Cmd')
})

test('55: SHELL goes into commands and into the config, and comes from the base', async () => {
  const { config } = await lowerLines('SHELL ["/bin/bash","-c"]\nCMD echo $X')
  expect(config.config).toMatchObject({ Shell: ['/bin/bash', '-c'], Cmd: ['/bin/bash', '-c', 'echo $X'] })
  const { rootfs } = await lowerText('FROM base\nRUN x', image({ Shell: ['/bin/bash', '-c'] }))
  expect(lastOf(rootfs, 'run').args).toEqual(['/bin/bash', '-c', 'x'])
})

test('56: CMD in the history is a quoted Go slice', async () => {
  expect(ownHistory(await lowerLines('CMD ["a b", "c\\"d"]'))).toEqual(['CMD ["a b" "c\\"d"]'])
})

test('57: HEALTHCHECK', async () => {
  const target = await lowerLines('HEALTHCHECK --interval=5m --timeout=3s CMD curl x')
  expect(target.config.config?.Healthcheck).toEqual({ Test: ['CMD-SHELL', 'curl x'], Interval: 300e9, Timeout: 3e9 })
  expect(ownHistory(target)).toEqual([
    'HEALTHCHECK {Test:[CMD-SHELL curl x] Interval:5m0s Timeout:3s StartPeriod:0s StartInterval:0s Retries:0}',
  ])
  const exec = await lowerLines('HEALTHCHECK --retries=2 --start-period=1m30s --start-interval=5s CMD ["a"]')
  expect(exec.config.config?.Healthcheck).toEqual({
    Test: ['CMD', 'a'],
    StartPeriod: 90e9,
    StartInterval: 5e9,
    Retries: 2,
  })
  const none = await lowerLines('HEALTHCHECK CMD x\nHEALTHCHECK NONE')
  expect(none.config.config?.Healthcheck).toEqual({ Test: ['NONE'] })
})

test('58: EXPOSE', async () => {
  const target = await lowerLines('EXPOSE 8080 80/TCP 9000-9002')
  expect(Object.keys(target.config.config?.ExposedPorts ?? {}).sort()).toEqual([
    '80/tcp',
    '8080/tcp',
    '9000/tcp',
    '9001/tcp',
    '9002/tcp',
  ])
  expect(ownHistory(target)).toEqual(['EXPOSE [80/tcp 8080/tcp 9000/tcp 9001/tcp 9002/tcp]'])
  expect((await lowerLines('EXPOSE 127.0.0.1:8080:80')).config.config?.ExposedPorts).toEqual({ '80/tcp': {} })
  await expect(lowerLines('EXPOSE 80/foo')).rejects.toThrow('invalid port: "80/foo": invalid proto: foo')
  await expect(lowerLines('EXPOSE 90-80')).rejects.toMatchObject({
    message: 'invalid containerPort: 90-80',
    range: { start: { line: 2 } },
  })
})

test('59: STOPSIGNAL', async () => {
  for (const signal of ['sigterm', 'KILL', 'SIGRTMIN+3', 'rtmax-14', '9']) {
    const target = await lowerLines(`STOPSIGNAL ${signal}`)
    expect(target.config.config?.StopSignal).toBe(signal)
    expect(ownHistory(target)).toEqual([`STOPSIGNAL ${signal}`])
  }
  for (const signal of ['FOO', '0', 'RTMIN+16'])
    await expect(lowerLines(`STOPSIGNAL ${signal}`)).rejects.toThrow(`invalid signal: ${signal}`)
})

test('60: VOLUME is only config', async () => {
  const target = await lowerLines('ENV V=/b\nVOLUME /a $V rel')
  expect(target.config.config?.Volumes).toEqual({ '/a': {}, '/b': {}, rel: {} })
  expect(ownHistory(target).at(-1)).toBe('VOLUME [/a /b rel]')
  expect(target.rootfs.op.kind).toBe('image')
  await expect(lowerLines('VOLUME $EMPTY')).rejects.toThrow('VOLUME specified can not be an empty string')
})

test('61: labels of the caller win and leave no history', async () => {
  const target = await lowerLines('LABEL a=1 b=1', { labels: { a: '2' } })
  expect(target.config.config?.Labels).toEqual({ a: '2', b: '1' })
  expect(ownHistory(target)).toEqual(['LABEL a=1 b=1'])
})

test('62: WORKDIR makes a layer, except for the root', async () => {
  const made = await lowerLines('WORKDIR /tmp')
  expect(made.history.at(-1)).toEqual({ created_by: 'WORKDIR /tmp', comment: 'buildkit.dockerfile.v0' })
  expect(made.rootfs.op).toEqual({ kind: 'mkdir', path: '/tmp', user: '' })
  const root = await lowerLines('WORKDIR /')
  expect(root.history.at(-1)).toEqual({ created_by: 'WORKDIR /', comment: 'buildkit.dockerfile.v0', empty_layer: true })
  expect(root.rootfs.op.kind).toBe('image')
})

test('63: WORKDIR is made for the user', async () => {
  const { rootfs } = await lowerLines('USER 1000\nWORKDIR /a/b', { epoch: 7 })
  expect(rootfs.op).toEqual({ kind: 'mkdir', path: '/a/b', user: '1000', epoch: 7 })
})

test('64: the user of RUN is as written', async () => {
  const target = await lowerLines('ARG U=1234\nUSER $U:g\nRUN id')
  expect(lastOf(target.rootfs, 'run').user).toBe('1234:g')
  expect(target.config.config?.User).toBe('1234:g')
  expect(ownHistory(target)[1]).toBe('USER 1234:g')
})

test('65: USER does not own what COPY copies', async () => {
  const { rootfs } = await lowerLines('USER 1000\nCOPY a /a')
  expect(lastOf(rootfs, 'copy')).not.toHaveProperty('owner')
})

test('66, 129: WORKDIR paths', async () => {
  const chain = await lowerText('FROM scratch\nWORKDIR a\nWORKDIR ../b\nWORKDIR $UNSET/c\nWORKDIR ~')
  expect(ownHistory(chain)).toEqual(['WORKDIR /a', 'WORKDIR /b', 'WORKDIR /c', 'WORKDIR /c/~'])
  expect(ownHistory(await lowerLines('WORKDIR /a b\nWORKDIR "/a b"'))).toEqual(['WORKDIR /a b', 'WORKDIR /a b'])
  const unclean = await lowerLines('WORKDIR /x//y/../z/\nWORKDIR $UNSET\nCOPY a ./b/../')
  expect(ownHistory(unclean)).toEqual(['WORKDIR /x//y/../z/', 'WORKDIR /x//y/../z/', 'COPY a ./b/../ # buildkit'])
  expect(unclean.config.config?.WorkingDir).toBe('/x//y/../z/')
  expect([lastOf(unclean.rootfs, 'mkdir').path, lastOf(unclean.rootfs, 'copy').destination]).toEqual(['/x/z', '/x/z/'])
})

test('an image for Windows has no PATH of its own and its paths have backslashes', async () => {
  const platform = { os: 'windows', architecture: 'amd64' }
  const { config } = await lowerText('FROM scratch', { platform })
  expect(config.config).toEqual({ WorkingDir: '\\' })
  const deep = await lowerText('# escape=`\nFROM scratch\nWORKDIR C:\\a\nWORKDIR b/c\nCOPY f d\\', { platform })
  expect([deep.config.config?.WorkingDir, lastOf(deep.rootfs, 'copy').destination]).toEqual(['\\a\\b\\c', '/a/b/c/d/'])
  expect(ownHistory(deep)).toEqual(['WORKDIR /a', 'WORKDIR /a/b/c', 'COPY f d\\ # buildkit'])
})

test('128: a comment behind an argument is the argument', async () => {
  await expect(lowerText('FROM busybox # base')).rejects.toThrow('FROM requires either one or three arguments')
  expect((await lowerLines('USER app # x')).config.config?.User).toBe('app # x')
  await expect(lowerLines('EXPOSE 80 # web')).rejects.toThrow('invalid containerPort: #')
})

test('133: HEALTHCHECK does not embed SHELL', async () => {
  const { config } = await lowerLines('SHELL ["/bin/bash","-c"]\nHEALTHCHECK CMD x')
  expect(config.config?.Healthcheck?.Test).toEqual(['CMD-SHELL', 'x'])
})

test('137: CMD with nothing and with an empty list', async () => {
  expect((await lowerLines('CMD')).config.config?.Cmd).toEqual(['/bin/sh', '-c', ''])
  const empty = await lowerLines('CMD []')
  expect(empty.config.config).not.toHaveProperty('Cmd')
  expect(ownHistory(empty)).toEqual(['CMD []'])
  await expect(lowerLines('RUN []')).rejects.toThrow('arguments are required')
})

test('golden: everything that only changes the config', async () => {
  const text = [
    'MAINTAINER Someone <s@h.example>',
    'ENV A=1 B="two words"',
    'LABEL k=v',
    'ENTRYPOINT ["e"]',
    'CMD c d',
    'ONBUILD RUN later',
    'SHELL ["/bin/ash","-c"]',
    'STOPSIGNAL 9',
  ]
  const { config, history } = await lowerLines(text.join('\n'))
  const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  expect(config).toEqual({
    ...amd64,
    author: 'Someone <s@h.example>',
    config: {
      Env: [path, 'A=1', 'B=two words'],
      Labels: { k: 'v' },
      Entrypoint: ['e'],
      Cmd: ['/bin/sh', '-c', 'c d'],
      ArgsEscaped: true,
      OnBuild: ['RUN later'],
      Shell: ['/bin/ash', '-c'],
      StopSignal: '9',
    },
  })
  const texts = [
    'MAINTAINER Someone <s@h.example>',
    'ENV A=1 B=two words',
    'LABEL k=v',
    'ENTRYPOINT ["e"]',
    'CMD ["/bin/sh" "-c" "c d"]',
    'SHELL [/bin/ash -c]',
    'STOPSIGNAL 9',
  ]
  const own = texts.map((text) => ({ created_by: text, comment: 'buildkit.dockerfile.v0', empty_layer: true }))
  expect(history).toEqual([{ created_by: 'BusyBox' }, ...own])
})

test('a base without PATH gets one behind its variables', async () => {
  const { config } = await lowerText('FROM base', image({ Env: ['A=1'] }))
  expect(config.config?.Env).toEqual(['A=1', 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'])
})

test('Env keeps the order of first setting', async () => {
  const { config } = await lowerText('FROM base\nENV A=9 C=3', image({ Env: ['PATH=/p', 'A=1', 'B=2'] }))
  expect(config.config?.Env).toEqual(['PATH=/p', 'A=9', 'B=2', 'C=3'])
})

test('unknown keys of the base are kept, what tells how the base was made is not', async () => {
  const { config } = await lowerText(
    'FROM base',
    image({}, { 'x.vendor': 1, container: 'abc', 'moby.buildkit.cache.v0': 'old' }),
  )
  expect(config.extra).toEqual({ 'x.vendor': 1 })
})

test('the config of a base is inherited', async () => {
  const inherited = {
    User: 'u',
    WorkingDir: '/w',
    Volumes: { '/v': {} },
    ExposedPorts: { '1/tcp': {} },
    Labels: { a: 'b' },
    StopSignal: '3',
  }
  const { config, rootfs } = await lowerText(
    'FROM base\nEXPOSE 2\nVOLUME /x\nLABEL c=d\nRUN true',
    image({ Env: ['PATH=/p'], ...inherited }),
  )
  expect(config.config).toEqual({
    Env: ['PATH=/p'],
    ...inherited,
    Volumes: { '/v': {}, '/x': {} },
    ExposedPorts: { '1/tcp': {}, '2/tcp': {} },
    Labels: { a: 'b', c: 'd' },
  })
  expect(lastOf(rootfs, 'run')).toMatchObject({ user: 'u', cwd: '/w' })
})
