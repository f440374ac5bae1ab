import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { test } from '../support/edge.ts'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'

const obstacle = await withoutRun()
import { writeTree } from '../support/write-tree.ts'

describe.skipIf(obstacle !== undefined)(titled('RUN', obstacle), () => {
  test('101: /etc/hosts and /etc/resolv.conf cannot be written, and are not in the layer', async ({ edge }) => {
    await expect(edge('RUN echo x >> /etc/hosts')).rejects.toThrow('exit code: 1')
    await expect(edge('RUN echo x >> /etc/resolv.conf')).rejects.toThrow('exit code: 1')
    const image = await edge('RUN cat /etc/hosts > /o; (echo x >> /etc/hosts) 2> /error || true')
    expect(image.text('/o')).toContain('127.0.0.1')
    expect(image.text('/error')).toContain('Read-only file system')
    expect([image.line('/etc/hosts'), image.line('/etc/resolv.conf')]).toEqual([undefined, undefined])
  })

  test('one job at a time, where the caller wants that', async ({ edge }) => {
    const step = 'RUN --mount=type=cache,target=/m [ ! -e /m/busy ] && touch /m/busy && sleep 0.2 && rm /m/busy'
    const stages = ['a', 'b', 'c'].map((name) => `FROM busybox AS ${name}\n${step} && touch /${name}\n`)
    const copies = ['a', 'b', 'c'].map((name) => `COPY --from=${name} /${name} /\n`)
    const image = await edge(`${stages.join('')}FROM scratch\n${copies.join('')}`, { jobs: 1 })
    expect(image.layers.length).toBe(3)
  })

  test('102: what a process needs around it is not in its layer', async ({ edge }) => {
    const image = await edge('FROM scratch\nCOPY --from=busybox /bin/busybox /bin/true\nRUN ["/bin/true"]\n')
    expect(image.lines(-1)).toEqual([])
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
    const image = await edge('WORKDIR /w\nRUN cd /tmp && export X=1\nRUN pwd > /o; echo "[$X]" >> /o')
    expect(image.text('/o')).toBe('/w\n[]\n')
  })

  test('41: an exec form is run as it is', async ({ edge }) => {
    const image = await edge('ENV P=/x\nRUN ["/bin/touch", "/$P.", "/a b"]')
    expect(image.lines(-1)).toEqual(['f 644 0:0 $P.', 'f 644 0:0 a b'])
    expect(image.history.at(-1)).toBe('RUN /bin/touch /$P. /a b # buildkit')
  })

  test('125: equal layers are both there', async ({ edge }) => {
    const { manifest, config } = await edge('RUN true\nRUN true')
    const empty = 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef'
    expect(config.rootfs.diff_ids.slice(1)).toEqual([empty, empty])
    const [, first, second] = manifest.layers.map(({ digest }) => digest)
    expect([manifest.layers.length, first]).toEqual([3, second])
  })

  test('a step makes a layer of what it changed, and only that', async ({ edge }) => {
    const image = await edge('FROM busybox\nRUN echo hello > /greeting && chmod 640 /greeting && chown 5:6 /greeting\n')
    expect(image.text('/greeting')).toBe('hello\n')
    expect(image.lines(-1).filter((line) => !line.startsWith('d'))).toEqual(['f 640 5:6 greeting'])
    expect(image.history.at(-1)).toBe(
      'RUN /bin/sh -c echo hello > /greeting && chmod 640 /greeting && chown 5:6 /greeting # buildkit',
    )
  })

  test('a removed file is a whiteout, in a removed and remade directory too', async ({ edge }) => {
    const image = await edge(
      'FROM busybox\nRUN rm /etc/group && rm -r /home/app && mkdir /home/app && echo new > /home/app/x\n',
    )
    expect(image.text('/etc/group')).toBeUndefined()
    expect(image.text('/home/app/x')).toBe('new\n')
    expect(image.layers.at(-1)?.map(({ path }) => path)).toContain('etc/.wh.group')
  })

  test('a layer keeps links, devices, modes and owners', async ({ edge }) => {
    const image = await edge(
      'FROM busybox\nRUN mkdir /d && cd /d && echo 1 > a && ln a b && ln -s a c && mkfifo p && chmod 4755 a && chown 1:2 p\n',
    )
    expect(image.lines(-1).filter((line) => line.includes('d/'))).toEqual([
      'd 755 0:0 d/',
      'f 4755 0:0 d/a',
      'h 4755 0:0 d/b -> d/a',
      'l 777 0:0 d/c -> a',
      'p 644 1:2 d/p',
    ])
  })

  test('the environment of a process is that of the image, its home that of the user', async ({ edge }) => {
    const image = await edge(
      'FROM busybox\nENV B=2 A=1\nUSER app\nWORKDIR /w\nRUN env | sort > out; id -u >> out; id -G >> out; pwd >> out; hostname >> out\n',
    )
    expect(image.text('/w/out')).toBe(
      [
        'A=1',
        'B=2',
        'HOME=/home/app',
        'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
        // The shell's own.
        'PWD=/w',
        'SHLVL=1',
        '1000',
        '1001 2000',
        '/w',
        'buildkitsandbox',
        '',
      ].join('\n'),
    )
    expect(image.line('/w/out')).toBe('f 644 1000:1001 w/out')
  })

  test('proxies of the caller win over ENV, secrets over both; HOME is never empty', async ({ build, directory }) => {
    await writeTree(directory, { secret: 'hidden' })
    const image = await build(
      'FROM base\nENV HTTP_PROXY=env A=env HOME=\nRUN --mount=type=secret,id=s,env=A env | grep -iE "^(http|A|HOME)" | sort > /out\n',
      { args: ['--build-arg', 'HTTP_PROXY=arg', '--secret', `id=s,src=${join(directory, 'secret')}`] },
    )
    expect(image.text('/out')).toBe('A=hidden\nHOME=/root\nHTTP_PROXY=arg\nhttp_proxy=arg\n')
  })

  test('a process is in the groups that the image puts its user in', async ({ edge }) => {
    const image = await edge(
      'FROM busybox\nRUN printf "root:x:0:root\\nwheel:x:10:root\\n" > /etc/group\n' +
        'RUN grep Groups: /proc/self/status > /out\nUSER 5:6\nRUN id -G > /tmp/groups\n',
    )
    expect(image.text('/out')).toBe('Groups:\t0 10 \n')
    expect(image.text('/tmp/groups')).toBe('6\n')
  })

  test('--network=host for all needs no further consent', async ({ build }) => {
    const image = await build('FROM base\nRUN --network=host echo ok > /out\n', { args: ['--network', 'host'] })
    expect(image.text('/out')).toBe('ok\n')
  })

  test('files of the sandbox are not in the layer', async ({ edge }) => {
    const image = await edge(
      'FROM busybox\nRUN test -s /etc/hosts && test -e /etc/resolv.conf && test -c /dev/null && test -d /proc/self && touch /made\n',
    )
    expect(image.lines(-1).filter((line) => !line.startsWith('d'))).toEqual(['f 644 0:0 made'])
    expect(
      ['/etc/hosts', '/etc/resolv.conf', '/proc', '/dev', '/sys'].filter((path) => image.line(path) !== undefined),
    ).toEqual([])
  })

  test('the output of a failed command is shown', async ({ failBuild }) => {
    const { code, stderr } = await failBuild('FROM base\nRUN echo the reason; exit 3\n')
    expect(code).toBe(1)
    expect(stderr).toContain('the reason')
  })

  test('--network=none leaves the loopback interface alone', async ({ edge }) => {
    const image = await edge('FROM busybox\nRUN --network=none ls /sys/class/net > /out\n')
    expect(image.text('/out')).toBe('lo\n')
  })

  test('--security=insecure has what a sandbox has not, and needs consent (CVE-2024-23653)', async ({
    build,
    failBuild,
  }) => {
    expect((await failBuild('FROM base\nRUN --security=insecure true\n')).stderr).toContain(
      'security.insecure is not allowed',
    )
    const image = await build(
      'FROM base\nRUN --security=insecure mkdir /mnt && mount -t tmpfs none /mnt && grep -c " /mnt tmpfs" /proc/mounts > /out; grep Seccomp: /proc/self/status >> /out\n',
      { args: ['--allow', 'security.insecure'] },
    )
    expect(image.text('/out')).toBe('1\nSeccomp:\t0\n')
    expect((await failBuild('FROM base\nRUN mkdir /mnt && mount -t tmpfs none /mnt\n')).stderr).toContain('mount:')
  })

  test('an argument that is too long is explained; a script of its own may be longer', async ({ build, failBuild }) => {
    const lines = 'true # a line of this script\n'.repeat(6000)
    const { stderr } = await failBuild(`FROM base\nRUN <<EOF\n${lines}EOF\n`)
    expect(stderr).toContain('exec /bin/sh: argument list too long')
    expect(stderr).toContain('hint: an argument or a variable has at most 128 KiB')
    const image = await build(`FROM base\nRUN <<EOF\n#!/bin/sh\n${lines}echo done > /out\nEOF\n`)
    expect(image.text('/out')).toBe('done\n')
  })

  test('a step that fails ends those beside it', async ({ failBuild }) => {
    const { stderr } = await failBuild(
      'FROM base AS slow\nRUN sleep 600 && touch /slow\nFROM base AS bad\nRUN sleep 0.3; exit 9\nFROM scratch\nCOPY --from=slow /slow /\nCOPY --from=bad /etc /\n',
    )
    expect(stderr).toContain('did not complete successfully: exit code: 9')
    expect(stderr).not.toContain('exit code: 137')
  })

  test('a process left behind does not outlive the step', async ({ edge }) => {
    const image = await edge('FROM busybox\nRUN (sleep 1000; echo late > /late) & echo ok > /ok\n')
    expect(image.text('/ok')).toBe('ok\n')
    expect(image.text('/late')).toBeUndefined()
  })

  test('SHELL changes the shell of the steps after it', async ({ edge }) => {
    const image = await edge('FROM busybox\nSHELL ["/bin/sh", "-ec"]\nRUN true; echo reached > /out\n')
    expect(image.text('/out')).toBe('reached\n')
    expect(image.history.at(-1)).toBe('RUN /bin/sh -ec true; echo reached > /out # buildkit')
    expect(image.config.config['Shell']).toEqual(['/bin/sh', '-ec'])
  })
})
