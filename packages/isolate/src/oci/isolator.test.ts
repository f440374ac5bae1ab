import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { namespaceIsolator } from '../rungs/namespaces.ts'
import { effectiveCapabilities } from '../plan/host.ts'
import { sleepers, until } from '../testing/processes.ts'
import { canSandbox, Sandbox } from '../testing/sandbox.ts'
import { ociIsolator } from './isolator.ts'
import { findRuntime, type RuntimeName } from './runtime.ts'

describe.each(['crun', 'runc'] as const)('%s', (name) => {
  const missing = obstacleTo(name)
  describe.skipIf(missing !== undefined)(
    `runs processes${missing === undefined ? '' : ` (skipped: ${missing})`}`,
    () => {
      let sandbox: Sandbox
      beforeAll(() => {
        sandbox = new Sandbox((context) => ociIsolator(name, context))
      })
      afterAll(() => sandbox[Symbol.dispose]())

      test('exit codes and signals are results', async () => {
        expect(await sandbox.run('exit 3')).toEqual({ exitCode: 3, outOfMemory: false, out: '', err: '' })
        expect(await sandbox.run('exit 127')).toMatchObject({ exitCode: 127 })
        expect(await sandbox.run('sh -c "kill -9 \\$\\$"; exit $?')).toMatchObject({
          exitCode: 137,
          outOfMemory: false,
        })
      })

      test('a process sees what it sees on the rung root', async () => {
        using other = new Sandbox(namespaceIsolator)
        const script = `id; env | sort; pwd; umask; hostname; ulimit -n; ulimit -Hc
        grep -E "^(Cap|Seccomp:|NoNewPrivs)" /proc/self/status; ls /proc/self/fd | wc -l; set -- /proc/[0-9]*; echo $#
        cat /etc/hosts /etc/resolv.conf; ls /sys/firmware /proc/acpi; cat /proc/kcore /proc/keys | wc -c; touch /tmp/f; stat -c %a /tmp/f
        echo 1 >/proc/sys/kernel/hostname; mkdir /sys/fs/x; mknod /tmp/zero c 1 5; head -c 1 /tmp/zero; rm /tmp/zero
        unshare -U true; mount -t tmpfs x /tmp; echo e >/dev/stderr; ls -l /dev | grep -v core | grep -oE "[^ ]+( -> .*)?$" | sort`
        const changes = { ulimits: ['nofile=100:200', 'core=-1'], user: { uid: 0, gid: 0, groups: [7] } } as const
        expect(await sandbox.run(script, changes)).toEqual(await other.run(script, changes))
        for (const security of ['insecure', 'sandbox'] as const) {
          const status =
            'grep -E "^Cap|Seccomp:" /proc/self/status; id; echo x >/dev/stdout; mknod /tmp/zero c 1 5; head -c 1 /tmp/zero | wc -c'
          const user = { uid: 1000, gid: 50, groups: [7, 8] }
          expect(await sandbox.run(status, { security, user })).toEqual(await other.run(status, { security, user }))
        }
      })

      test('insecure has every capability and devices', async () => {
        const script =
          'grep CapEff /proc/self/status; mknod /tmp/zero c 1 5; head -c 3 /tmp/zero | wc -c; rm /tmp/zero; ls /dev/kmsg'
        const all = effectiveCapabilities().toString(16).padStart(16, '0')
        const kmsg = existsSync('/dev/kmsg') ? '/dev/kmsg\n' : ''
        expect((await sandbox.run(script, { security: 'insecure' })).out).toBe(`CapEff:\t${all}\n3\n${kmsg}`)
      })

      test('mounts: binds, read-only, memory, nested, files', async () => {
        for (const path of ['cache', 'ro']) mkdirSync(sandbox.at(path))
        writeFileSync(sandbox.at('ro/file'), 'in ro')
        utimesSync(sandbox.at('rootfs'), 5000, 5000)
        const { out, err } = await sandbox.run(
          'echo x > /cache/new; cat /ro/file; echo y > /ro/other; echo z > /mem/z; stat -c %a /mem; cat /cache/deep/file; mknod /cache/null c 1 3 && cat /cache/null',
          {
            mounts: [
              { type: 'bind', source: sandbox.at('cache'), target: '/cache', readonly: false, directory: true },
              { type: 'bind', source: sandbox.at('ro'), target: '/ro', readonly: true, directory: true },
              {
                type: 'bind',
                source: sandbox.at('ro/file'),
                target: '/cache/deep/file',
                readonly: true,
                directory: false,
              },
              { type: 'tmpfs', target: '/mem', mode: 0o1700, size: 1 << 20 },
            ],
          },
        )
        expect(out).toBe('in ro1700\nin ro')
        expect(err).toMatch(/Read-only file system[\s\S]*(denied|not permitted)/)
        expect(readFileSync(sandbox.at('cache/new'), 'utf8')).toBe('x\n')
        expect(
          ['cache', 'ro', 'mem', 'proc', 'dev', 'sys', 'etc'].filter((path) =>
            existsSync(sandbox.at(`rootfs/${path}`)),
          ),
        ).toEqual([])
        expect(statSync(sandbox.at('rootfs')).mtimeMs).toBe(5_000_000)
      })

      test('a network of its own has the loopback interface', async () => {
        const { out } = await sandbox.run('ip -o link; ls /sys/class/net', { network: 'none' })
        expect(out).toMatch(/^1: lo: <LOOPBACK,UP,LOWER_UP>[^\n]*\nlo\n$/)
      })

      test.each([
        [['gone'], 'EXEC_NOT_FOUND', 'exec: "gone": executable file not found in $PATH'],
        [['/bin/gone'], 'EXEC_NOT_FOUND', 'exec /bin/gone: no such file or directory'],
        [['/tmp/text'], 'EXEC_FORMAT', 'exec /tmp/text: exec format error'],
        [['/tmp'], 'EXEC_DENIED', 'exec: "/tmp": permission denied'],
      ])('%j is %s', async (args, code, message) => {
        writeFileSync(sandbox.at('rootfs/tmp/text'), 'just text\n', { mode: 0o755 })
        await expect(sandbox.run(args)).rejects.toMatchObject({ code, message })
      })

      test('an error of the runtime is one of the launch', async () => {
        await expect(sandbox.run('true', { cwd: '/bin/busybox' })).rejects.toMatchObject({
          code: 'LAUNCH_FAILED',
          message: expect.stringMatching(new RegExp(`^${name} cannot start the process: .*not a directory`, 'i')),
        })
      })

      test('aborting kills everything, before and after the process has started', async () => {
        const marker = `6${process.pid}`
        const controller = new AbortController()
        const user = { uid: 5, gid: 5, groups: [] }
        const running = sandbox.run(
          `trap "" TERM; (sleep ${marker} &) ; exec sleep ${marker}`,
          { user },
          controller.signal,
        )
        await until(() => sleepers(marker) === 2)
        controller.abort(new Error('enough'))
        await expect(running).rejects.toThrow('enough')
        await until(() => sleepers(marker) === 0)
        for (const delay of [0, 5, 10, 20]) {
          const early = new AbortController()
          const starting = sandbox.run(['sleep', marker], {}, early.signal)
          await setTimeout(delay)
          early.abort(new Error('early'))
          await expect(starting).rejects.toThrow('early')
        }
        await until(() => sleepers(marker) === 0)
      })

      test('background processes end with the process, and nothing is left', async () => {
        const marker = `7${process.pid}`
        expect(await sandbox.run(`(sleep ${marker} &) ; exit 4`)).toMatchObject({ exitCode: 4 })
        await until(() => sleepers(marker) === 0)
        expect(readdirSync(sandbox.at('scratch'))).toEqual([])
        expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(sandbox.directory)
      })

      test('several run at once', async () => {
        using other = new Sandbox((context) => ociIsolator(name, context))
        const results = await Promise.all([sandbox, other].map((each, index) => each.run(`sleep 0.2; exit ${index}`)))
        expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 1])
      })
    },
  )
})

function obstacleTo(name: RuntimeName): string | undefined {
  if (!canSandbox) return 'no CAP_SYS_ADMIN or busybox'
  try {
    findRuntime(name)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
