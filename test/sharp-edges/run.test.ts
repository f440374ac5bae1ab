import { describe, expect } from 'vitest'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { test } from './edge.ts'

const obstacle = await withoutRun()

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

describe.skipIf(obstacle !== undefined)(titled('with RUN', obstacle), () => {
  test('101: /etc/hosts and /etc/resolv.conf cannot be written, and are not in the layer', async ({ edge }) => {
    await expect(edge('RUN echo x >> /etc/hosts')).rejects.toThrow('exit code: 1')
    await expect(edge('RUN echo x >> /etc/resolv.conf')).rejects.toThrow('exit code: 1')
    const image = await edge('RUN cat /etc/hosts > /o; (echo x >> /etc/hosts) 2> /error || true')
    expect(image.text('/o')).toContain('127.0.0.1')
    expect(image.text('/error')).toContain('Read-only file system')
    expect([image.line('/etc/hosts'), image.line('/etc/resolv.conf')]).toEqual([undefined, undefined])
  })

  test('102: what a process needs around it is not in its layer', async ({ edge }) => {
    const image = await edge('FROM scratch\nCOPY --from=busybox /bin/busybox /bin/true\nRUN ["/bin/true"]\n')
    expect(image.lines(-1)).toEqual([])
  })

  test('103: a bind mount is read-only, or forgotten', async ({ edge }) => {
    const files = { a: 'a' }
    await expect(edge('RUN --mount=type=bind,target=/src touch /src/x', { files })).rejects.toThrow('exit code: 1')
    const image = await edge(
      'RUN --mount=type=bind,target=/src,rw touch /src/x && ls /src > /o\nRUN --mount=type=bind,target=/src ls /src > /p',
      {
        files,
      },
    )
    expect([image.text('/o'), image.text('/p')]).toEqual(['a\nx\n', 'a\n'])
    expect(image.lines(-2)).toEqual(['f 644 0:0 o'])
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

  test('105: a missing secret is an empty variable', async ({ edge }) => {
    const image = await edge(`RUN --mount=type=secret,id=t,env=T sh -c 'echo "\${T+set}[$T]" > /o'`)
    expect(image.text('/o')).toBe('set[]\n')
  })

  test('108: the error of a failed command has its exit code', async ({ edge }) => {
    await expect(edge('RUN exit 3')).rejects.toThrow(
      'process "/bin/sh -c exit 3" did not complete successfully: exit code: 3',
    )
  })

  test('109: the home is that of the user, and nothing of the machine is seen', async ({ edge }) => {
    const image = await edge('RUN ["sh","-c","echo $HOME > /1; env > /2; hostname > /3"]')
    expect([image.text('/1'), image.text('/3')]).toEqual(['/root\n', 'buildkitsandbox\n'])
    expect(image.text('/2')).not.toContain('HOSTNAME')
  })

  test('110: cd ends with the step', async ({ edge }) => {
    expect((await edge('WORKDIR /w\nRUN cd /tmp\nRUN pwd > /o')).text('/o')).toBe('/w\n')
  })

  test('130: a bind mount without target covers the working directory', async ({ edge }) => {
    const image = await edge('WORKDIR /src\nRUN --mount=type=bind ls > /o', { files: { a: '', b: '' } })
    expect(image.text('/o')).toBe('a\nb\n')
    await expect(edge('WORKDIR /src\nRUN --mount=type=bind touch x')).rejects.toThrow('exit code: 1')
    await expect(edge('RUN --mount=type=bind ls')).rejects.toThrow('invalid mount target "/"')
  })
})
