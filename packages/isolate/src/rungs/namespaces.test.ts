import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { namespaceIsolator } from './namespaces.ts'
import { sleepers, until } from '../testing/processes.ts'
import { canSandbox, defaults, Sandbox } from '../testing/sandbox.ts'

describe.skipIf(!canSandbox)('processes in namespaces (skipped without CAP_SYS_ADMIN or busybox)', () => {
  let sandbox: Sandbox
  beforeAll(() => {
    sandbox = new Sandbox(namespaceIsolator)
  })
  afterAll(() => sandbox[Symbol.dispose]())

  test('exit codes and signals are results', async () => {
    expect(await sandbox.run('exit 3')).toMatchObject({ exitCode: 3, outOfMemory: false })
    expect(await sandbox.run('sh -c "kill -9 \\$\\$"; exit $?')).toMatchObject({ exitCode: 137, outOfMemory: false })
    // The first process of a PID namespace is not killed by signals from inside; a fault is one
    // from the kernel.
    const killed = new AbortController()
    const sleeping = sandbox.run(['sleep', '60'], {}, killed.signal)
    await setTimeout(100)
    killed.abort(new Error('enough'))
    await expect(sleeping).rejects.toThrow('enough')
  })

  test('output streams are separate, in order, and can be opened by name, by any user', async () => {
    expect(
      await sandbox.run('echo a; echo b >/dev/stdout; echo c >/dev/stderr', {
        user: { uid: 77, gid: 88, groups: [5] },
      }),
    ).toMatchObject({
      out: 'a\nb\n',
      err: 'c\n',
    })
    const { out } = await sandbox.run('seq 1 100000')
    expect(out.length).toBe(588_895)
  })

  test('a slow reader holds the process up instead of filling memory', async () => {
    let pending = 0
    let most = 0
    const spec = { ...defaults, rootfs: sandbox.at('rootfs'), args: ['/bin/seq', '1', '200000'] }
    const onOutput = async (): Promise<void> => {
      most = Math.max(most, ++pending)
      await setTimeout(1)
      pending -= 1
    }
    expect(
      await namespaceIsolator(sandbox.context).run(spec, { signal: new AbortController().signal, onOutput }),
    ).toMatchObject({
      exitCode: 0,
    })
    expect(most).toBe(1)
  })

  test('no network has the loopback interface, on, and nothing else', async () => {
    const { out } = await sandbox.run('ip -o link; ls /sys/class/net', { network: 'none' })
    expect(out).toMatch(/^1: lo: <LOOPBACK,UP,LOWER_UP>[^\n]*\nlo\n$/)
  })

  test('mounts: binds, read-only, recursive, memory, nested, files, through links', async () => {
    for (const path of ['cache', 'ro']) mkdirSync(sandbox.at(path), { recursive: true })
    writeFileSync(sandbox.at('ro/file'), 'in ro')
    const result = await sandbox.run(
      'echo x > /cache/new; cat /ro/file; echo y > /ro/other; echo z > /mem/z; stat -c %a /mem; cat /ro/../cache/deep/file; mknod /cache/null c 1 3 && cat /cache/null',
      {
        mounts: [
          { type: 'bind', source: sandbox.at('cache'), target: '/cache', readonly: false, directory: true },
          { type: 'bind', source: sandbox.at('ro'), target: '/ro', readonly: true, directory: true },
          { type: 'bind', source: sandbox.at('ro/file'), target: '/cache/deep/file', readonly: true, directory: false },
          { type: 'tmpfs', target: '/mem', mode: 0o1700, size: 1 << 20 },
        ],
      },
    )
    expect(result.out).toBe('in ro1700\nin ro')
    expect(result.err).toMatch(/Read-only file system[\s\S]*(denied|not permitted)/)
    expect(readFileSync(sandbox.at('cache/new'), 'utf8')).toBe('x\n')
    expect(
      ['cache', 'ro', 'mem', 'proc', 'dev', 'sys', 'etc'].filter((name) => existsSync(sandbox.at(`rootfs/${name}`))),
    ).toEqual([])
  })

  test('hosts and resolv.conf exist, cannot be written to, and leave nothing', async () => {
    utimesSync(sandbox.at('rootfs'), 5000, 5000)
    const { out, err } = await sandbox.run('cat /etc/hosts; echo x >> /etc/hosts; echo y > /etc/resolv.conf', {
      extraHosts: ['db:10.0.0.1'],
    })
    expect(out).toContain('127.0.0.1\tlocalhost buildkitsandbox\n')
    expect(out).toContain('10.0.0.1\tdb\n')
    expect(err.match(/Read-only file system/g)).toHaveLength(2)
    expect(existsSync(sandbox.at('rootfs/etc'))).toBe(false)
    expect(statSync(sandbox.at('rootfs')).mtimeMs).toBe(5_000_000)
  })

  test('limits, shared memory and the mask of new files', async () => {
    const { out } = await sandbox.run('ulimit -n; ulimit -Hn; touch /tmp/f; stat -c %a /tmp/f; mount | grep /dev/shm', {
      ulimits: ['nofile=100:200'],
      shmSize: 3 << 20,
    })
    expect(out).toMatch(/^100\n200\n644\n.*size=3072k/)
  })

  test.each([
    [['gone'], {}, 'EXEC_NOT_FOUND', 'exec: "gone": executable file not found in $PATH'],
    [['/bin/gone'], {}, 'EXEC_NOT_FOUND', 'exec /bin/gone: no such file or directory'],
    [['/tmp/text'], {}, 'EXEC_FORMAT', 'exec /tmp/text: exec format error'],
    [['/tmp'], {}, 'EXEC_DENIED', 'exec: "/tmp": permission denied'],
    [['true'], { cwd: '/bin/busybox' }, 'LAUNCH_FAILED', 'cannot enter /bin/busybox: ENOTDIR (not a directory)'],
    [['true'], { rootfs: '/gone' }, 'LAUNCH_FAILED', ''],
    [
      ['true'],
      { mounts: [{ type: 'bind', source: '/gone', target: '/x', readonly: true, directory: true }] },
      'LAUNCH_FAILED',
      'cannot open mount source /gone: ENOENT (no such file or directory)',
    ],
  ] as const)('%j %j is %s', async (args, changes, code, message) => {
    writeFileSync(sandbox.at('rootfs/tmp/text'), 'just text\n', { mode: 0o755 })
    const error: unknown = await sandbox.run(args, changes).catch((caught: unknown) => caught)
    if (code === 'LAUNCH_FAILED' && message === '') expect(error).toBeInstanceOf(Error)
    else expect(error).toMatchObject({ code, message })
  })

  test('aborting kills everything, set-user-ID programs and other sessions too', async () => {
    const controller = new AbortController()
    const marker = `4${process.pid}`
    const running = sandbox.run(
      `(sleep ${marker} &) ; sleep ${marker} & exec sleep ${marker}`,
      { user: { uid: 5, gid: 5, groups: [] } },
      controller.signal,
    )
    await until(() => sleepers(marker) === 3)
    controller.abort()
    await expect(running).rejects.toThrow()
    expect(sleepers(marker)).toBe(0)
  })

  test('background processes end with the process', async () => {
    const marker = `5${process.pid}`
    expect(await sandbox.run(`sleep ${marker} & true`)).toMatchObject({ exitCode: 0 })
    expect(sleepers(marker)).toBe(0)
  })

  test('scratch and mounts of the caller are as before', () => {
    expect(readdirSync(sandbox.at('scratch'))).toEqual([])
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(sandbox.directory)
  })
})
