import { expect, test } from 'vitest'
import { amd64, lastOf, lowerLines, lowerText, opsOf, ownHistory } from '../testing/lower-text.ts'

async function mountsOf(lines: string, options: Parameters<typeof lowerLines>[1] = {}): Promise<unknown> {
  return lastOf((await lowerLines(lines, options)).rootfs, 'run').mounts
}

test('a RUN with everything a build can say about it', async () => {
  const { rootfs } = await lowerLines('ENV A=1\nUSER u\nWORKDIR /w\nRUN --network=none echo', {
    addHosts: ['h:1.2.3.4'],
    ulimits: ['nofile=10'],
    shmSize: 1024,
    fileEpoch: 3,
    args: { BUILDKIT_SANDBOX_HOSTNAME: 'box' },
  })
  expect(lastOf(rootfs, 'run')).toEqual({
    kind: 'run',
    args: ['/bin/sh', '-c', 'echo'],
    env: [
      ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      ['A', '1'],
    ],
    cwd: '/w',
    user: 'u',
    hostname: 'box',
    network: 'none',
    security: 'sandbox',
    mounts: [],
    platform: amd64,
    extraHosts: ['h:1.2.3.4'],
    ulimits: ['nofile=10'],
    shmSize: 1024,
    epoch: 3,
  })
})

test('variables that an ARG set last are known', async () => {
  const lines = 'ENV A=1 B=1\nARG A=2\nARG B=1\nARG C=1\nARG D\nARG E=1\nENV E=2\nRUN echo'
  expect(lastOf((await lowerLines(lines)).rootfs, 'run').argNames).toEqual(['A', 'C'])
})

test('the history of RUN', async () => {
  expect(ownHistory(await lowerLines('RUN echo  a  # b\nRUN ["a", "b c"]'))).toEqual([
    'RUN /bin/sh -c echo  a  # b # buildkit',
    'RUN a b c # buildkit',
  ])
})

test('23: a lone heredoc is the script', async () => {
  const target = await lowerLines('RUN <<"EOF"\nfalse\necho $X\nEOF')
  expect(lastOf(target.rootfs, 'run').args).toEqual(['/bin/sh', '-c', 'false\necho $X\n'])
  expect(target.rootfs.name).toBe('[2/2] RUN <<"EOF" (false...)')
  expect(ownHistory(target)).toEqual(['RUN /bin/sh -c false\necho $X\n # buildkit'])
})

test("a heredoc with other words is the shell's, wherever it stands", async () => {
  const argsOf = async (lines: string): Promise<unknown> => lastOf((await lowerLines(lines)).rootfs, 'run').args[2]
  expect(await argsOf('RUN <<EOF sh >> /o\necho 1\nEOF')).toBe('<<EOF sh >> /o\necho 1\nEOF')
  expect(await argsOf('RUN 3<<EOF cat\n1\nEOF')).toBe('3<<EOF cat\n1\nEOF')
  expect(await argsOf('RUN 3<<"E O"\n1\nE O')).toBe('1\n')
})

test('24: a lone heredoc with an interpreter is a file for it', async () => {
  const target = await lowerLines('RUN --network=none <<EOF\n#!/usr/bin/env python3\nprint(1)\nEOF')
  expect(lastOf(target.rootfs, 'run')).toMatchObject({
    args: ['/bin/sh', '-c', '/dev/pipes/EOF'],
    script: { path: '/dev/pipes/EOF', text: '#!/usr/bin/env python3\nprint(1)\n' },
  })
  expect(ownHistory(target)).toEqual(['RUN /bin/sh -c /dev/pipes/EOF # buildkit'])
  await expect(lowerLines('RUN <<../x\n#!/bin/sh\n../x')).rejects.toMatchObject({ code: 'HEREDOC_NAME_INVALID' })
})

test('25: tabs are stripped from a lone <<- heredoc and left for a shell that reads it itself', async () => {
  const lone = await lowerLines('RUN <<-EOF\n\t\techo a\n\t b\n\tEOF')
  expect(lastOf(lone.rootfs, 'run').args.at(-1)).toBe('echo a\n b\n')
  const mixed = await lowerLines('RUN cat <<-EOF >/x\n\ta\n\tEOF')
  expect(lastOf(mixed.rootfs, 'run').args.at(-1)).toBe('cat <<-EOF >/x\n\ta\nEOF')
})

test('29: heredocs among other words go back to the shell', async () => {
  const { rootfs } = await lowerLines('RUN cat <<A && cat <<B\none\nA\ntwo\nB')
  expect(lastOf(rootfs, 'run').args.at(-1)).toBe('cat <<A && cat <<B\none\nA\ntwo\nB')
})

test('103: bind mounts show the context read-only, unless rw', async () => {
  const { rootfs } = await lowerLines('RUN --mount=type=bind,target=/src --mount=target=/rw,source=sub,rw touch /src/x')
  expect(lastOf(rootfs, 'run').mounts).toEqual([
    { type: 'bind', target: '/src', input: 1, source: '/', readonly: true },
    { type: 'bind', target: '/rw', input: 1, source: 'sub', readonly: false },
  ])
  expect(rootfs.inputs.map(({ op }) => op.kind)).toEqual(['image', 'local'])
})

test('104: cache mounts are named by their target, by id, and apart by namespace', async () => {
  const cache = { type: 'cache', sharing: 'shared', source: '/', readonly: false, mode: 0o755, uid: 0, gid: 0 }
  expect(await mountsOf('RUN --mount=type=cache,target=/c/ true')).toEqual([{ ...cache, target: '/c', id: '/c' }])
  const more = 'WORKDIR /w\nRUN --mount=type=cache,target=c,id=x,sharing=locked,mode=0700,uid=5,gid=6,ro true'
  expect(await mountsOf(more, { args: { BUILDKIT_CACHE_MOUNT_NS: 'ns' } })).toEqual([
    { ...cache, target: '/w/c', id: 'ns/x', sharing: 'locked', readonly: true, mode: 0o700, uid: 5, gid: 6 },
  ])
  await expect(mountsOf('RUN --mount=type=cache true')).rejects.toThrow('target')
})

test('cache mounts may start from a stage', async () => {
  const { rootfs } = await lowerText(
    'FROM busybox AS s\nRUN make\nFROM busybox\nRUN --mount=type=cache,target=/c,from=s,source=/out true',
  )
  expect(lastOf(rootfs, 'run').mounts).toMatchObject([{ type: 'cache', input: 1, source: '/out' }])
  expect(opsOf(rootfs, 'run')).toHaveLength(2)
})

test('105: secrets as files, variables or both', async () => {
  const secret = { type: 'secret', required: false, mode: 0o400, uid: 0, gid: 0 }
  expect(await mountsOf('RUN --mount=type=secret,id=t,env=T true')).toEqual([{ ...secret, id: 't', env: 'T' }])
  expect(await mountsOf('RUN --mount=type=secret,id=a/t,required true')).toEqual([
    { ...secret, id: 'a/t', target: '/run/secrets/t', required: true },
  ])
  expect(await mountsOf('RUN --mount=type=secret,id=t,env=T,target=f true')).toEqual([
    { ...secret, id: 't', env: 'T', target: '/f' },
  ])
  expect(await mountsOf('RUN --mount=type=secret,target=/etc/tok true')).toEqual([
    { ...secret, id: 'tok', target: '/etc/tok' },
  ])
})

test('106: type stands before the keys it allows', async () => {
  await expect(mountsOf('RUN --mount=id=a,required,type=secret true')).rejects.toMatchObject({
    message: "unexpected key 'required' for mount type 'bind'",
    range: { start: { line: 2 } },
  })
})

test('107: nothing is mounted over the root', async () => {
  await expect(mountsOf('RUN --mount=type=cache,target=/ true')).rejects.toThrow('invalid mount target "/"')
  await expect(mountsOf('RUN --mount=type=tmpfs,target=/a/.. true')).rejects.toThrow('invalid mount target "/"')
})

test('130: a bind mount without target covers the working directory', async () => {
  expect(await mountsOf('WORKDIR /src\nRUN --mount=type=bind ls')).toMatchObject([{ target: '/src' }])
  await expect(mountsOf('RUN --mount=type=bind ls')).rejects.toThrow('invalid mount target "/"')
})

test('ssh and tmpfs mounts', async () => {
  const ssh = { type: 'ssh', required: false, mode: 0o600, uid: 0, gid: 0 }
  expect(
    await mountsOf('RUN --mount=type=ssh --mount=type=ssh,id=k,required --mount=type=tmpfs,target=/t,size=64m true'),
  ).toEqual([
    { type: 'tmpfs', target: '/t', size: 64 * 1024 * 1024, readonly: false },
    { ...ssh, id: 'default', target: '/run/buildkit/ssh_agent.0' },
    { ...ssh, id: 'k', target: '/run/buildkit/ssh_agent.1', required: true },
  ])
})

test('the environment names the first requested agent, unless it has one', async () => {
  const socketOf = async (lines: string): Promise<string | undefined> =>
    new Map(lastOf((await lowerLines(lines)).rootfs, 'run').env).get('SSH_AUTH_SOCK')
  expect(await socketOf('RUN --mount=type=ssh,target=/a/b --mount=type=ssh true')).toBe('/a/b')
  expect(await mountsOf('RUN --mount=type=ssh,target=/a/b --mount=type=ssh true')).toMatchObject([
    { target: '/a/b' },
    { target: '/run/buildkit/ssh_agent.1' },
  ])
  expect(await socketOf('ENV SSH_AUTH_SOCK=/own\nRUN --mount=type=ssh true')).toBe('/own')
  expect(await socketOf('RUN true')).toBeUndefined()
})

test('options of other builders are accepted with a warning', async () => {
  const { rootfs, warnings } = await lowerLines(
    'RUN --mount=type=bind,target=/b,Z,U=true,relabel=shared,rprivate --mount=type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=1700,noexec true',
  )
  expect(lastOf(rootfs, 'run').mounts).toEqual([
    { type: 'bind', target: '/b', input: 1, source: '/', readonly: true },
    { type: 'tmpfs', target: '/t', size: 1 << 20, mode: 0o1700, readonly: false },
  ])
  expect(warnings.map(({ rule, message }) => [rule, message])).toEqual(
    ['Z', 'U=true', 'relabel=shared', 'rprivate', 'noexec'].map((option) => [
      'MountOptionIgnored',
      `Mount option '${option}' is ignored`,
    ]),
  )
})

test('a cache without target covers the working directory too', async () => {
  expect(await mountsOf('WORKDIR /src\nRUN --mount=type=cache true')).toMatchObject([{ target: '/src', id: '.' }])
})

test('parents are mounted before what is mounted in them', async () => {
  expect(
    await mountsOf(
      'RUN --mount=type=tmpfs,target=/a/b/c --mount=type=tmpfs,target=/z --mount=type=tmpfs,target=/a true',
    ),
  ).toMatchObject([{ target: '/z' }, { target: '/a' }, { target: '/a/b/c' }])
})

test('mounts from stages, images and nothing', async () => {
  const { rootfs } = await lowerText(
    'FROM busybox AS s\nRUN x\nFROM scratch\nRUN --mount=from=S,target=/s --mount=from=scratch,target=/e ["/s/x"]',
  )
  expect(lastOf(rootfs, 'run').mounts).toMatchObject([
    { target: '/s', input: 1 },
    { target: '/e', input: 2 },
  ])
  expect(rootfs.inputs.map(({ op }) => op.kind)).toEqual(['inline', 'run', 'inline'])
})

test('quoted mounts', async () => {
  expect(await mountsOf('RUN --mount=\'type=bind,"target=/a,b"\' true')).toMatchObject([{ target: '/a,b' }])
})

test('what can harm the machine must be allowed', async () => {
  await expect(lowerLines('RUN --network=host true')).rejects.toMatchObject({
    code: 'NOT_ALLOWED',
    message: 'network.host is not allowed',
  })
  expect(lastOf((await lowerLines('RUN --network=host true', { network: 'host' })).rootfs, 'run').network).toBe('host')
  await expect(lowerLines('RUN --security=insecure true')).rejects.toThrow('security.insecure is not allowed')
  const { rootfs } = await lowerLines('RUN --network=host --security=insecure true', {
    allow: ['network.host', 'security.insecure'],
  })
  expect(lastOf(rootfs, 'run')).toMatchObject({ network: 'host', security: 'insecure' })
  for (const network of ['none', 'private'] as const)
    for (const line of ['RUN true', 'RUN --network=default true'])
      expect(lastOf((await lowerLines(line, { network })).rootfs, 'run').network).toBe(network)
  expect(lastOf((await lowerLines('RUN --network=none true', { network: 'private' })).rootfs, 'run').network).toBe(
    'none',
  )
  expect(lastOf((await lowerLines('RUN --device=v/c=d,required true')).rootfs, 'run').devices).toEqual([
    { name: 'v/c=d', required: true },
  ])
})
