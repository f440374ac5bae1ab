import { expect, test } from 'vitest'
import { lastOf, lowerLines, lowerText, opsOf, ownHistory } from './testing/lower-text.ts'

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Value of `$name` for the last RUN. */
async function seen(text: string, name: string, args: Record<string, string> = {}): Promise<string | undefined> {
  const { rootfs } = await lowerText(text, { args })
  return new Map(lastOf(rootfs, 'run').env).get(name)
}

test('32: one ENV sees the environment before it, one ARG goes from left to right', async () => {
  const { config, rootfs } = await lowerLines('ENV abc=hello\nENV abc=bye def=$abc\nARG x=1 y=${x}2\nRUN true')
  expect(config.config?.Env).toEqual([`PATH=${path}`, 'abc=bye', 'def=hello'])
  expect(lastOf(rootfs, 'run').env).toEqual([
    ['PATH', path],
    ['abc', 'bye'],
    ['def', 'hello'],
    ['x', '1'],
    ['y', '12'],
  ])
})

test('33: a global ARG is seen in a stage only when declared there', async () => {
  expect(await seen('ARG V=1\nFROM busybox\nRUN true', 'V')).toBeUndefined()
  expect(await seen('ARG V=1\nFROM busybox\nARG V\nRUN true', 'V')).toBe('1')
  expect(await seen('ARG V=1\nFROM busybox\nARG V=2\nRUN true', 'V')).toBe('2')
  expect(await seen('ARG V=1\nFROM busybox\nRUN true', 'V', { V: '3' })).toBeUndefined()
  expect(await seen('ARG V=1\nFROM busybox\nARG V\nRUN true', 'V', { V: '3' })).toBe('3')
  expect(await seen('ARG V=1\nFROM busybox\nARG V=2\nRUN true', 'V', { V: '3' })).toBe('3')
})

test('34: a stage made from a stage inherits its ARGs, another does not', async () => {
  const child = await lowerText('FROM busybox AS a\nARG V=x\nFROM a\nRUN echo $V')
  expect(ownHistory(child).at(-1)).toBe('RUN |1 V=x /bin/sh -c echo $V # buildkit')
  const stranger = await lowerText('FROM busybox AS a\nARG V=x\nFROM busybox\nRUN echo $V')
  expect(ownHistory(stranger)).toEqual(['RUN /bin/sh -c echo $V # buildkit'])
})

test('34: the image’s variables are declared anew in a stage made from a stage, over its ARGs', async () => {
  const parent = 'FROM busybox AS a\nENV V=env W=1\nARG V=arg\n'
  expect(await seen(`${parent}RUN true`, 'V')).toBe('arg')
  expect(await seen(`${parent}FROM a\nRUN true`, 'V')).toBe('env')
  const { rootfs, history } = await lowerText(`${parent}ENV X=$V\nFROM a\nRUN true`)
  expect(lastOf(rootfs, 'run').env.map(([name]) => name)).toEqual(['PATH', 'V', 'W', 'X'])
  expect(history.at(-1)?.created_by).toBe('RUN |1 V=env /bin/sh -c true # buildkit')
})

test('a variable that is set again is the last in the process and keeps its place in the image', async () => {
  const { config, rootfs } = await lowerLines('ENV A=1 B=2\nENV A=3\nRUN true')
  expect(config.config?.Env).toEqual([`PATH=${path}`, 'A=3', 'B=2'])
  expect(lastOf(rootfs, 'run').env.map(([name]) => name)).toEqual(['PATH', 'B', 'A'])
})

test('35: the later of ENV and ARG wins in the build, ENV is what the image keeps', async () => {
  expect(await seen('FROM busybox\nENV V=e\nARG V=a\nRUN true', 'V')).toBe('a')
  expect(await seen('FROM busybox\nARG V=a\nENV V=e\nRUN true', 'V')).toBe('e')
  const { config } = await lowerLines('ENV V=e\nARG V=a')
  expect(config.config?.Env).toContain('V=e')
})

test('36: an ARG without a value is in the history and not in the environment', async () => {
  const target = await lowerLines('ARG V\nRUN true')
  expect(ownHistory(target)).toEqual(['ARG V', 'RUN |1 V= /bin/sh -c true # buildkit'])
  expect(lastOf(target.rootfs, 'run').env.map(([name]) => name)).toEqual(['PATH'])
})

test('37: a default is not looked at when a build argument is given', async () => {
  await expect(lowerLines('ARG A="${B:?need B}"')).rejects.toThrow('B: need B')
  expect(ownHistory(await lowerLines('ARG A="${B:?need B}"', { args: { A: '1' } }))).toEqual(['ARG A=1'])
})

test('37: a global default is not looked at either', async () => {
  await expect(lowerText('ARG A="${B:?need B}"\nFROM busybox')).rejects.toThrow('B: need B')
  await expect(lowerText('ARG A="${B:?need B}"\nFROM busybox', { args: { A: '1' } })).resolves.toBeDefined()
})

test.each([
  ['${V%.*}', 'foo.tar'],
  ['${V%%.*}', 'foo'],
  ['${V#*.}', 'tar.gz'],
  ['${V##*.}', 'gz'],
  ['${V/./-}', 'foo-tar.gz'],
  ['${V//./-}', 'foo-tar-gz'],
])('38: %s is %s', async (word, expected) => {
  const { config } = await lowerLines(`ENV V=foo.tar.gz\nENV R=${word}`)
  expect(config.config?.Env).toContain(`R=${expected}`)
})

test('39: unsupported substitutions are errors with the line', async () => {
  await expect(lowerLines('ENV A=${B:=x}')).rejects.toMatchObject({
    message: expect.stringContaining('unsupported modifier (:=) in substitution'),
    range: { start: { line: 2 } },
  })
  await expect(lowerLines('ENV A=${}')).rejects.toThrow('bad substitution')
})

test('40: dollar oddities', async () => {
  const { config } = await lowerLines('ENV A=$$ B=$1x C=$.y D=\\$Z')
  expect(config.config?.Env?.slice(1)).toEqual(['A=', 'B=x', 'C=$.y', 'D=$Z'])
})

test('41: exec forms are never expanded', async () => {
  const { config, rootfs } = await lowerLines('ENV P=/x\nRUN ["echo","$P"]\nENTRYPOINT ["$P"]')
  expect(lastOf(rootfs, 'run').args).toEqual(['echo', '$P'])
  expect(config.config?.Entrypoint).toEqual(['$P'])
})

test('42: COPY --from takes no variables', async () => {
  await expect(lowerLines('ARG S=a\nCOPY --from=$S /f /')).rejects.toThrow(
    'variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround',
  )
})

test('43: mount options take variables, except from', async () => {
  const { rootfs } = await lowerLines('ARG ID=tok\nRUN --mount=type=secret,id=$ID cat /run/secrets/tok')
  expect(lastOf(rootfs, 'run').mounts).toEqual([
    { type: 'secret', id: 'tok', target: '/run/secrets/tok', required: false, mode: 0o400, uid: 0, gid: 0 },
  ])
  await expect(lowerLines('ARG ID=tok\nRUN --mount=from=$ID,target=/x true')).rejects.toThrow(
    "'from' doesn't support variable expansion",
  )
})

test('44: platform arguments need an ARG line in a stage, not in FROM', async () => {
  expect(await seen('FROM busybox\nRUN true', 'TARGETARCH')).toBeUndefined()
  expect(await seen('FROM busybox\nARG TARGETARCH\nRUN true', 'TARGETARCH')).toBe('amd64')
  const { rootfs } = await lowerText(
    'FROM --platform=$BUILDPLATFORM busybox\nARG TARGETPLATFORM BUILDPLATFORM TARGETVARIANT TARGETSTAGE\nRUN true',
    {
      platform: { os: 'linux', architecture: 'arm', variant: 'v7' },
    },
  )
  expect(lastOf(rootfs, 'run').platform).toEqual({ os: 'linux', architecture: 'amd64' })
  expect(lastOf(rootfs, 'run').env.slice(1)).toEqual([
    ['TARGETPLATFORM', 'linux/arm/v7'],
    ['BUILDPLATFORM', 'linux/amd64'],
    ['TARGETVARIANT', 'v7'],
    ['TARGETSTAGE', 'default'],
  ])
})

test('44: platform arguments can be overridden', async () => {
  expect(await seen('FROM busybox\nARG TARGETARCH\nRUN true', 'TARGETARCH', { TARGETARCH: 'mine' })).toBe('mine')
})

test('45: EXPOSE splits what variables hold; arguments are sorted before that', async () => {
  const target = await lowerLines('ENV P="80 443/udp"\nEXPOSE $P')
  expect(target.config.config?.ExposedPorts).toEqual({ '80/tcp': {}, '443/udp': {} })
  expect(ownHistory(target).at(-1)).toBe('EXPOSE [80/tcp 443/udp]')
})

test('127: variables in paths are not split', async () => {
  const { rootfs } = await lowerLines('ENV S="a b"\nCOPY $S /o/')
  expect(lastOf(rootfs, 'copy').sources).toEqual([{ input: 1, path: 'a b' }])
})

test('134: several ARGs on a line; a repeated one is listed once with its last value', async () => {
  expect(ownHistory(await lowerLines('ARG A B=1 C'))).toEqual(['ARG A B=1 C'])
  const twice = await lowerLines('ARG A=1 A=2\nRUN true')
  expect(ownHistory(twice)).toEqual(['ARG A=1 A=2', 'RUN |1 A=2 /bin/sh -c true # buildkit'])
})

test('134: history shows what ENV made of an ARG', async () => {
  expect(ownHistory(await lowerLines('ARG A=1\nENV A=9\nRUN true')).at(-1)).toBe(
    'RUN |1 A=9 /bin/sh -c true # buildkit',
  )
})

test('135: scratch has a PATH from the start', async () => {
  const { config } = await lowerText('FROM scratch\nENV PATH=$PATH:/x')
  expect(config.config?.Env).toEqual([`PATH=${path}:/x`])
})

test('136: the last of equal labels counts, quotes group keys', async () => {
  const { config } = await lowerLines('LABEL a=1 a=2\nLABEL "k y"=v')
  expect(config.config?.Labels).toEqual({ a: '2', 'k y': 'v' })
})

test('139: a build argument needs ARG, and leaves the image alone', async () => {
  expect(await seen('FROM busybox\nRUN true', 'PATH', { PATH: '/x' })).toBe(path)
  expect(await seen('FROM busybox\nARG PATH\nRUN true', 'PATH', { PATH: '/x' })).toBe('/x')
  const { config } = await lowerLines('ARG PATH', { args: { PATH: '/x' } })
  expect(config.config?.Env).toEqual([`PATH=${path}`])
})

test('proxies given from outside are in the environment only when declared', async () => {
  expect(await seen('FROM busybox\nRUN true', 'HTTP_PROXY', { HTTP_PROXY: 'p' })).toBeUndefined()
  expect(await seen('FROM busybox\nARG HTTP_PROXY\nRUN true', 'HTTP_PROXY', { HTTP_PROXY: 'p' })).toBe('p')
})

test('names of Object.prototype are no build arguments', async () => {
  expect(ownHistory(await lowerLines('ARG constructor toString=x'))).toEqual(['ARG constructor toString=x'])
})

test('SBOM switches never reach a process', async () => {
  const { rootfs } = await lowerLines('ARG BUILDKIT_SBOM_SCAN_STAGE=true\nRUN true')
  expect(opsOf(rootfs, 'run')[0]?.env.map(([name]) => name)).toEqual(['PATH'])
})
