import { copyFileSync, existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Call } from './launcher/call.ts'
import { buildLauncher } from './launcher/elf.ts'
import { launch } from './launcher/launch.ts'
import { hostArch } from './launcher/start.ts'
import { loadLibc } from './libc.ts'
import { namespaceIsolator } from './namespaces.ts'
import { planChroot } from './plan/chroot.ts'
import { effectiveCapabilities, readHost } from './plan/host.ts'
import type { Isolator, ProcessResult, ProcessSpec } from './process.ts'

const busybox = '/bin/busybox'
const works = existsSync(busybox) && (effectiveCapabilities() & (1n << 21n)) !== 0n
const defaults: Omit<ProcessSpec, 'rootfs' | 'args'> = {
  env: [['PATH', '/nowhere:/bin']],
  cwd: '/',
  user: { uid: 0, gid: 0, groups: [] },
  mounts: [],
  hostname: 'buildkitsandbox',
  network: 'host',
  security: 'sandbox',
  extraHosts: [],
  ulimits: [],
}
const applets = ['sh', 'cat', 'chmod', 'chroot', 'echo', 'grep', 'hostname', 'id', 'ip', 'ls', 'mkdir', 'mknod', 'mount', 'ps', 'pwd', 'seq', 'sleep', 'stat', 'touch', 'true', 'ulimit', 'unshare', 'wc']

describe.skipIf(!works)('processes in namespaces (skipped without CAP_SYS_ADMIN or busybox)', () => {
  let directory = ''
  let isolator: Isolator
  const at = (path: string): string => join(directory, path)

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'isolate-'))
    for (const path of ['scratch', 'rootfs/bin', 'rootfs/tmp']) mkdirSync(at(path), { recursive: true })
    copyFileSync(busybox, at('rootfs/bin/busybox'))
    for (const name of applets) symlinkSync('busybox', at(`rootfs/bin/${name}`))
    isolator = namespaceIsolator({ libc: loadLibc(), scratch: at('scratch') })
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  interface Outcome extends ProcessResult {
    readonly out: string
    readonly err: string
  }

  async function run(script: string | readonly string[], changes: Partial<ProcessSpec> = {}, signal = new AbortController().signal): Promise<Outcome> {
    const output = { stdout: '', stderr: '' }
    const spec = { ...defaults, rootfs: at('rootfs'), args: typeof script === 'string' ? ['sh', '-c', script] : script, ...changes }
    const result = await isolator.run(spec, { signal, onOutput: (stream, data) => void (output[stream] += Buffer.from(data).toString()) })
    return { ...result, out: output.stdout, err: output.stderr }
  }

  test('exit codes and signals are results', async () => {
    expect(await run('exit 3')).toMatchObject({ exitCode: 3, outOfMemory: false })
    expect(await run('sh -c "kill -9 \\$\\$"; exit $?')).toMatchObject({ exitCode: 137, outOfMemory: false })
    // The first process of a PID namespace is not killed by signals from inside; a fault is one from the kernel.
    const killed = new AbortController()
    const sleeping = run(['sleep', '60'], {}, killed.signal)
    await setTimeout(100)
    killed.abort(new Error('enough'))
    await expect(sleeping).rejects.toThrow('enough')
  })

  test('output streams are separate, in order, and can be opened by name, by any user', async () => {
    expect(await run('echo a; echo b >/dev/stdout; echo c >/dev/stderr', { user: { uid: 77, gid: 88, groups: [5] } })).toMatchObject({ out: 'a\nb\n', err: 'c\n' })
    const { out } = await run('seq 1 100000')
    expect(out.length).toBe(588_895)
  })

  test('a slow reader holds the process up instead of filling memory', async () => {
    let pending = 0
    let most = 0
    const spec = { ...defaults, rootfs: at('rootfs'), args: ['/bin/seq', '1', '200000'] }
    const onOutput = async (): Promise<void> => {
      most = Math.max(most, ++pending)
      await setTimeout(1)
      pending -= 1
    }
    expect(await isolator.run(spec, { signal: new AbortController().signal, onOutput })).toMatchObject({ exitCode: 0 })
    expect(most).toBe(1)
  })

  test("the sandbox has BuildKit's capabilities, a filter, a host name, and no other process", async () => {
    const { out } = await run('grep -E "^(Cap|Seccomp:|NoNewPrivs)" /proc/self/status; hostname; ls /proc | grep -c "^[0-9]"; ls /proc/self/fd | wc -l')
    expect(out.replaceAll('\t', ' ')).toBe(
      [
        'CapInh: 0000000000000000',
        'CapPrm: 00000000a80425fb',
        'CapEff: 00000000a80425fb',
        'CapBnd: 00000000a80425fb',
        'CapAmb: 0000000000000000',
        'NoNewPrivs: 0',
        'Seccomp: 2',
        'buildkitsandbox',
        '3',
        '4',
        '',
      ].join('\n'),
    )
  })

  test('another user has no capabilities and the groups given', async () => {
    const { out } = await run('id; grep CapEff /proc/self/status; pwd', { user: { uid: 1000, gid: 50, groups: [7, 8] }, cwd: '/tmp' })
    expect(out).toBe('uid=1000 gid=50 groups=7,8\nCapEff:\t0000000000000000\n/tmp\n')
  })

  test('insecure has every capability and nothing masked', async () => {
    const { out } = await run('grep -E "CapEff|Seccomp:" /proc/self/status; mount | grep -c " /proc/"', { security: 'insecure' })
    const all = effectiveCapabilities().toString(16).padStart(16, '0')
    expect(out).toBe(`CapEff:\t${all}\nSeccomp:\t0\n0\n`)
  })

  test('what tells about or changes the machine is masked or read-only', async () => {
    const { out, err } = await run('cat /proc/kcore /proc/keys /proc/timer_list | wc -c; ls /sys/firmware /proc/acpi /proc/scsi; echo 1 >/proc/sys/kernel/hostname; mkdir /sys/fs/x')
    expect(out.split('\n')[0]).toBe('0')
    expect(out).not.toMatch(/[a-z]{3}\n/)
    expect(err.match(/[Rr]ead-only file system/g)).toHaveLength(2)
  })

  test('new namespaces, mounts and device files of the machine are out of reach', async () => {
    const { out, err } = await run('unshare -U true; mount -t tmpfs x /tmp; mknod /tmp/disk b 1 0 && cat /tmp/disk; echo end')
    rmSync(at('rootfs/tmp/disk'), { force: true })
    expect(out).toBe('end\n')
    expect(err).toMatch(/unshare.*Operation not permitted[\s\S]*mount.*(denied|not permitted)/)
  })

  test('nothing leads out of the root', async () => {
    // The classical way out of chroot: another root below the working directory, then upwards from outside of it.
    const escape: readonly Call[] = [
      { name: 'chroot', args: ['/tmp'], purpose: 'change the root' },
      ...Array.from({ length: 20 }, (): Call => ({ name: 'chdir', args: ['..'], purpose: 'go up' })),
      { name: 'chroot', args: ['.'], purpose: 'change the root back' },
      { name: 'execve', args: ['/bin/cat', { words: ['cat', at('outside'), 0] }, { words: [0] }], purpose: 'read' },
    ]
    writeFileSync(at('outside'), 'secret')
    writeFileSync(at('rootfs/bin/escape'), buildLauncher(escape, hostArch()).elf, { mode: 0o755 })
    expect(await run(['escape'])).toMatchObject({ out: '', err: expect.stringContaining('No such file') })
    const context = { libc: loadLibc(), scratch: at('scratch') }
    let weak = ''
    const io = { signal: new AbortController().signal, onOutput: (_: string, data: Uint8Array) => void (weak += Buffer.from(data).toString()) }
    await launch(planChroot({ ...defaults, rootfs: at('rootfs'), args: ['/bin/escape'] }, readHost()), io, context)
    expect(weak).toBe('secret')
    const roots = (await run('grep -c " / / " /proc/self/mountinfo; grep " /proc" /proc/self/mountinfo | grep -c " / /proc "')).out
    expect(roots).toBe('0\n1\n')
  })

  test('no network has the loopback interface, on, and nothing else', async () => {
    const { out } = await run('ip -o link; ls /sys/class/net', { network: 'none' })
    expect(out).toMatch(/^1: lo: <LOOPBACK,UP,LOWER_UP>[^\n]*\nlo\n$/)
  })

  test('mounts: binds, read-only, recursive, memory, nested, files, through links', async () => {
    for (const path of ['cache', 'ro']) mkdirSync(at(path), { recursive: true })
    writeFileSync(at('ro/file'), 'in ro')
    const result = await run(
      'echo x > /cache/new; cat /ro/file; echo y > /ro/other; echo z > /mem/z; stat -c %a /mem; cat /ro/../cache/deep/file; mknod /cache/null c 1 3 && cat /cache/null',
      {
        mounts: [
          { type: 'bind', source: at('cache'), target: '/cache', readonly: false, directory: true },
          { type: 'bind', source: at('ro'), target: '/ro', readonly: true, directory: true },
          { type: 'bind', source: at('ro/file'), target: '/cache/deep/file', readonly: true, directory: false },
          { type: 'tmpfs', target: '/mem', mode: 0o1700, size: 1 << 20 },
        ],
      },
    )
    expect(result.out).toBe('in ro1700\nin ro')
    expect(result.err).toMatch(/Read-only file system[\s\S]*(denied|not permitted)/)
    expect(readFileSync(at('cache/new'), 'utf8')).toBe('x\n')
    expect(['cache', 'ro', 'mem', 'proc', 'dev', 'sys', 'etc'].filter((name) => existsSync(at(`rootfs/${name}`)))).toEqual([])
  })

  test('hosts and resolv.conf are there, cannot be written to, and leave nothing', async () => {
    utimesSync(at('rootfs'), 5000, 5000)
    const { out, err } = await run('cat /etc/hosts; echo x >> /etc/hosts; echo y > /etc/resolv.conf', { extraHosts: ['db:10.0.0.1'] })
    expect(out).toContain('127.0.0.1\tlocalhost buildkitsandbox\n')
    expect(out).toContain('10.0.0.1\tdb\n')
    expect(err.match(/Read-only file system/g)).toHaveLength(2)
    expect(existsSync(at('rootfs/etc'))).toBe(false)
    expect(statSync(at('rootfs')).mtimeMs).toBe(5_000_000)
  })

  test('limits, shared memory and the mask of new files', async () => {
    const { out } = await run('ulimit -n; ulimit -Hn; touch /tmp/f; stat -c %a /tmp/f; mount | grep /dev/shm', { ulimits: ['nofile=100:200'], shmSize: 3 << 20 })
    expect(out).toMatch(/^100\n200\n644\n.*size=3072k/)
  })

  test.each([
    [['gone'], {}, 'EXEC_NOT_FOUND', 'exec: "gone": executable file not found in $PATH'],
    [['/bin/gone'], {}, 'EXEC_NOT_FOUND', 'exec /bin/gone: no such file or directory'],
    [['/tmp/text'], {}, 'EXEC_FORMAT', 'exec /tmp/text: exec format error'],
    [['/tmp'], {}, 'EXEC_DENIED', 'exec: "/tmp": permission denied'],
    [['true'], { cwd: '/bin/busybox' }, 'LAUNCH_FAILED', 'Cannot enter /bin/busybox: ENOTDIR (not a directory)'],
    [['true'], { rootfs: '/gone' }, 'LAUNCH_FAILED', ''],
    [['true'], { mounts: [{ type: 'bind', source: '/gone', target: '/x', readonly: true, directory: true }] }, 'LAUNCH_FAILED', 'Cannot open mount source /gone: ENOENT (no such file or directory)'],
  ] as const)('%j %j is %s', async (args, changes, code, message) => {
    writeFileSync(at('rootfs/tmp/text'), 'just text\n', { mode: 0o755 })
    const error: unknown = await run(args, changes).catch((caught: unknown) => caught)
    if (code === 'LAUNCH_FAILED' && message === '') expect(error).toBeInstanceOf(Error)
    else expect(error).toMatchObject({ code, message })
  })

  test('aborting kills everything, set-user-ID programs and other sessions too', async () => {
    linkSync(at('rootfs/bin/busybox'), at('rootfs/bin/suid'))
    const controller = new AbortController()
    const marker = `4${process.pid}`
    const running = run(`(sleep ${marker} &) ; sleep ${marker} & exec sleep ${marker}`, { user: { uid: 5, gid: 5, groups: [] } }, controller.signal)
    await until(() => sleepers(marker) === 3)
    controller.abort()
    await expect(running).rejects.toThrow()
    expect(sleepers(marker)).toBe(0)
  })

  test('background processes end with the process', async () => {
    const marker = `5${process.pid}`
    expect(await run(`sleep ${marker} & true`)).toMatchObject({ exitCode: 0 })
    expect(sleepers(marker)).toBe(0)
  })

  test('scratch and mounts of the caller are as before', () => {
    expect(readdirSync(at('scratch'))).toEqual([])
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(directory)
  })
})

function sleepers(marker: string): number {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && commandLine(name) === `sleep\0${marker}\0`).length
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await setTimeout(10)
}
