import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { test } from '../support/edge.ts'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'

const obstacle = await withoutRun()
import { writeTree } from '../support/write-tree.ts'

test('106: type stands before the keys that need it', async ({ edge }) => {
  await expect(edge('RUN --mount=id=a,required,type=secret true')).rejects.toThrow(
    "unexpected key 'required' for mount type 'bind'",
  )
})

test('107: nothing is mounted over the root', async ({ edge }) => {
  await expect(edge('RUN --mount=type=cache,target=/ true')).rejects.toThrow('invalid mount target "/"')
})

test('105: a required secret', async ({ edge }) => {
  await expect(edge('RUN --mount=type=secret,id=t,required true')).rejects.toThrow('secret t: not found')
})

test('43: from of a mount takes no variables', async ({ edge }) => {
  await expect(edge('ARG ID=tok\nRUN --mount=from=$ID,target=/x true')).rejects.toThrow(
    "'from' doesn't support variable expansion",
  )
})

describe.skipIf(obstacle !== undefined)(titled('with RUN', obstacle), () => {
  test('103: a bind mount is read-only, or forgotten', async ({ edge }) => {
    const files = { a: 'a' }
    await expect(edge('RUN --mount=type=bind,target=/src touch /src/x', { files })).rejects.toThrow('exit code: 1')
    const image = await edge(
      'RUN --mount=type=bind,target=/src,rw touch /src/x && ls /src > /o\nRUN --mount=type=bind,target=/src ls /src > /p\nRUN --mount=type=bind,target=/src (touch /src/x) 2> /e || true',
      {
        files,
      },
    )
    expect([image.text('/o'), image.text('/p')]).toEqual(['a\nx\n', 'a\n'])
    expect(image.text('/e')).toContain('Read-only file system')
    expect(image.lines(-3)).toEqual(['f 644 0:0 o'])
  })

  test('104: a cache is one directory for all stages and builds, and in no image', async ({ edge }) => {
    const dockerfile =
      'FROM busybox AS a\nRUN --mount=type=cache,target=/c echo x >> /c/f; cat /c/f > /o\nFROM busybox\nCOPY --from=a /o /a\nRUN --mount=type=cache,target=/c cat /c/f > /b\n'
    const first = await edge(dockerfile)
    expect([first.text('/a'), first.text('/b')]).toEqual(['x\n', 'x\n'])
    expect(first.lines(-1)).toEqual(['f 644 0:0 b'])
    const again = await edge(dockerfile, { noCache: true })
    expect([again.text('/a'), again.text('/b')]).toEqual(['x\nx\n', 'x\nx\n'])
  })

  test('105: a missing secret is an empty variable, and no file', async ({ edge }) => {
    const image = await edge(`RUN --mount=type=secret,id=t,env=T sh -c 'echo "\${T+set}[$T]" > /o'
RUN --mount=type=secret,id=t test ! -e /run/secrets/t && touch /ok`)
    expect([image.text('/o'), image.line('/ok')]).toEqual(['set[]\n', 'f 644 0:0 ok'])
  })

  test('130: a bind mount without target covers the working directory', async ({ edge }) => {
    const image = await edge('WORKDIR /src\nRUN --mount=type=bind ls > /o', { files: { a: '', b: '' } })
    expect(image.text('/o')).toBe('a\nb\n')
    await expect(edge('WORKDIR /src\nRUN --mount=type=bind touch x')).rejects.toThrow('exit code: 1')
    await expect(edge('RUN --mount=type=bind ls')).rejects.toThrow('invalid mount target "/"')
  })

  test('43: other options of a mount take variables', async ({ edge }) => {
    const image = await edge('ARG ID=tok\nRUN --mount=type=secret,id=$ID cat /run/secrets/tok > /o', {
      secrets: { tok: { value: 'secret' } },
    })
    expect(image.text('/o')).toBe('secret')
  })

  test('a bind mount shows the context without what is ignored, and leaves nothing', async ({ edge }) => {
    const files = { 'src/x': 'hello', ignored: '', '.dockerignore': 'ignored' }
    const image = await edge(
      'FROM busybox\nRUN --mount=target=/mnt/ctx cat /mnt/ctx/src/x > /out; ls /mnt/ctx >> /out\n',
      { files },
    )
    expect(image.text('/out')).toBe('hellosrc\n')
    expect(image.lines(-1).filter((line) => line.includes('mnt'))).toEqual([])
  })

  test('a bind mount of one file of a stage', async ({ edge }) => {
    const image = await edge(
      'FROM busybox AS make\nRUN mkdir /d && echo made > /d/f\nFROM busybox\nRUN --mount=from=make,source=/d/f,target=/in cat /in > /out\n',
    )
    expect(image.text('/out')).toBe('made\n')
    expect(image.line('/in')).toBeUndefined()
  })

  test('a cache takes its first content, mode and owner from the given source', async ({ edge }) => {
    const image = await edge(
      'FROM busybox AS seed\nRUN mkdir /s && echo seed > /s/f\nFROM busybox\nRUN --mount=type=cache,id=seeded,target=/c,from=seed,source=/s cat /c/f > /out\n' +
        'RUN --mount=type=cache,id=owned,target=/c,mode=0711,uid=5,gid=6 stat -c "%a %u:%g" /c >> /out\n',
    )
    expect(image.text('/out')).toBe('seed\n711 5:6\n')
  })

  test('locked caches are used by one step at a time', async ({ edge }) => {
    const step = (name: string): string =>
      `FROM busybox AS ${name}\nRUN --mount=type=cache,id=lock,sharing=locked,target=/c test ! -e /c/busy && touch /c/busy && sleep 0.3 && rm /c/busy && touch /ok-${name}\n`
    const image = await edge(
      `${step('one')}${step('two')}FROM scratch\nCOPY --from=one /ok-one /\nCOPY --from=two /ok-two /\n`,
    )
    expect(image.line('/ok-two')).toBe('f 644 0:0 ok-two')
  })

  test('locked caches are used by one build at a time', async ({ build }) => {
    const dockerfile = (name: string): string =>
      `FROM base\nRUN --mount=type=cache,id=builds,sharing=locked,target=/c test ! -e /c/busy && touch /c/busy && sleep 1 && rm /c/busy && echo ${name} > /out\n`
    const images = await Promise.all(['one', 'two', 'three'].map((name) => build(dockerfile(name))))
    expect(images.map((image) => image.text('/out'))).toEqual(['one\n', 'two\n', 'three\n'])
  })

  test('private caches are used by one step at a time, without waiting', async ({ edge }) => {
    // Each waits a while for a sign of the other, which only a shared cache passes on.
    const step = (name: string, other: string): string =>
      `FROM busybox AS ${name}\nRUN --mount=type=cache,id=signs,target=/s --mount=type=cache,id=own,sharing=private,target=/c ` +
      `touch /s/${name} /c/${name}; n=0; while test ! -e /s/${other} && test $n -lt 300; do n=$((n + 1)); sleep 0.01; done; ` +
      `test ! -e /c/${other} && rm /c/${name} && touch /ok-${name}\n`
    const image = await edge(
      `${step('one', 'two')}${step('two', 'one')}FROM scratch\nCOPY --from=one /ok-one /\nCOPY --from=two /ok-two /\n`,
    )
    expect(image.line('/ok-two')).toBe('f 644 0:0 ok-two')
  })

  test('caches that begin differently are different caches', async ({ edge }) => {
    const cache = 'RUN --mount=type=cache,id=begin,target=/c'
    const image = await edge(
      `FROM busybox AS seed\nRUN mkdir /a /b && echo a > /a/f && echo b > /b/f\nFROM busybox\n${cache} touch /c/f\n` +
        `${cache},uid=1000 ls /c | wc -l > /out; stat -c %u /c >> /out\n` +
        `${cache},from=seed,source=/a cat /c/f >> /out\n${cache},from=seed,source=/b cat /c/f >> /out\n`,
    )
    expect(image.text('/out')).toBe('0\n1000\na\nb\n')
  })

  test('what is written beside a mount point stays, the mount point goes, in directories that links lead to too', async ({
    edge,
  }) => {
    const image = await edge(
      'FROM busybox\nCOPY etc /etc\nRUN mkdir /etc/real && ln -s /etc/real /link\n' +
        'RUN --mount=type=tmpfs,target=/a/b/c --mount=type=tmpfs,target=/link/d/e touch /a/b/x /a/b/c/y; test -f /etc/resolv.conf\n',
      { files: { 'etc/resolv.conf': { link: '../run/resolved/stub.conf' } } },
    )
    expect(image.lines(-1)).toEqual(['d 755 0:0 a/', 'd 755 0:0 a/b/', 'f 644 0:0 a/b/x'])
  })

  test.for(['auto', 'confined'])(
    '--volume shows paths of the machine to every RUN, isolation %s',
    async (isolation, { build, failBuild, directory }) => {
      await writeTree(directory, { 'shared/in': 'in' })
      const args = [
        '--no-cache',
        '--isolation',
        isolation,
        '--volume',
        `${directory}/shared:/mnt`,
        '-v',
        'shared/in:/in:ro',
      ]
      const image = await build(
        'FROM base\nRUN cat /mnt/in /in > /out; echo written > /mnt/out; touch /in || echo refused >> /out\n',
        {
          args,
        },
      )
      expect(image.text('/out')).toBe('ininrefused\n')
      expect(image.line('/mnt')).toBeUndefined()
      expect(await readFile(join(directory, 'shared/out'), 'utf8')).toBe('written\n')
      expect(
        (await failBuild('FROM base\nRUN true # gone\n', { args: ['-v', '/nowhere/at/all:/mnt'] })).stderr,
      ).toContain('cannot mount "/nowhere/at/all" of the machine: it does not exist')
    },
  )

  test('a tmpfs has the mode of what it covers, 1777 where there is nothing, and can be read-only', async ({
    edge,
  }) => {
    const image = await edge(
      'FROM busybox\nRUN --mount=type=tmpfs,target=/t --mount=type=tmpfs,target=/home/app stat -c %a /t /home/app > /out\n' +
        'RUN --mount=type=tmpfs,target=/t,ro touch /t/x || echo refused >> /out\n',
    )
    expect(image.text('/out')).toBe('1777\n700\nrefused\n')
  })

  test('a tmpfs is empty and gone', async ({ edge }) => {
    const image = await edge(
      'FROM busybox\nRUN --mount=type=tmpfs,target=/t,size=1m ls -A /t | wc -l > /out; touch /t/x; grep -c " /t tmpfs" /proc/mounts >> /out\n',
    )
    expect(image.text('/out')).toBe('0\n1\n')
    expect(image.line('/t')).toBeUndefined()
  })

  test('a secret is a file and a variable, and nowhere else', async ({ build, directory }) => {
    await writeTree(directory, { token: 's3cr3t' })
    const image = await build(
      'FROM base\nRUN --mount=type=secret,id=t wc -c < /run/secrets/t > /out; stat -c "%a %u:%g" /run/secrets/t >> /out\n' +
        'RUN --mount=type=secret,id=t,env=T,target=/s,uid=7,mode=0444 echo "${#T} $(wc -c < /s) $(stat -c "%a %u" /s)" >> /out\n',
      { args: ['--secret', `id=t,src=${join(directory, 'token')}`] },
    )
    expect(image.text('/out')).toBe('6\n400 0:0\n6 6 444 7\n')
    expect(image.log).not.toContain('s3cr3t')
    expect(JSON.stringify(image.config)).not.toContain('s3cr3t')
    expect(image.lines(-1).filter((line) => !line.startsWith('d'))).toEqual(['f 644 0:0 out'])
  })

  test('ssh passes the socket of the agent through', async ({ build, directory }) => {
    const path = join(directory, 'agent.sock')
    const server = createServer((connection) => connection.end('agent')).listen(path)
    try {
      const image = await build(
        'FROM base\nRUN --mount=type=ssh test -S "$SSH_AUTH_SOCK" && stat -c "%a" "$SSH_AUTH_SOCK" > /out\n',
        {
          args: ['--ssh', `default=${path}`],
        },
      )
      expect(image.text('/out')).toBe('600\n')
    } finally {
      server.close()
    }
  })
})
