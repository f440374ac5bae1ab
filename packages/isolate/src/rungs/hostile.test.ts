import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chrootIsolator } from './chroot.ts'
import { confinedIsolator } from './confined.ts'
import type { Call } from '../machine/call.ts'
import { buildLauncher } from '../launcher/elf.ts'
import type { LaunchContext } from '../launcher/launch.ts'
import { hostArch } from '../launcher/start.ts'
import { loadLibc } from '../machine/libc.ts'
import { namespaceIsolator } from './namespaces.ts'
import { ociIsolator } from '../oci/isolator.ts'
import { AT_FDCWD } from '../machine/flags.ts'
import type { Isolator } from '../model/process.ts'
import { sleepers, until } from '../testing/processes.ts'
import { canSandbox, Sandbox } from '../testing/sandbox.ts'

// Processes that do their worst: nothing outlives them, and no file outside their root changes.

const libc = loadLibc()
const walled = libc.landlockAbi() >= 2

interface Row {
  readonly rung: string
  readonly isolator: (context: LaunchContext) => Isolator
  readonly obstacle?: string | undefined
}

const rows: readonly Row[] = [
  { rung: 'root', isolator: namespaceIsolator },
  { rung: 'confined', isolator: confinedIsolator },
  { rung: 'chroot', isolator: chrootIsolator, obstacle: walled ? undefined : 'no Landlock' },
  ...(['crun', 'runc'] as const).map((name) => ({
    rung: `oci:${name}`,
    isolator: (context: LaunchContext): Isolator => ociIsolator(name, context),
    obstacle:
      spawnSync(name, ['--version'], { env: { PATH: `${process.env['PATH']}:/usr/sbin` } }).status === 0
        ? undefined
        : `no ${name}`,
  })),
]

for (const { rung, isolator, obstacle = canSandbox ? undefined : 'no CAP_SYS_ADMIN or busybox' } of rows) {
  describe.skipIf(obstacle !== undefined)(
    `on the rung ${rung}${obstacle === undefined ? '' : ` (skipped: ${obstacle})`}`,
    () => {
      let sandbox: Sandbox
      beforeAll(() => {
        sandbox = new Sandbox(isolator)
        writeFileSync(sandbox.at('canary'), 'secret')
      })
      afterAll(() => {
        expect(readFileSync(sandbox.at('canary'), 'utf8')).toBe('secret')
        sandbox[Symbol.dispose]()
      })

      test('processes that fork twice, leave the session and ignore signals end with the process', async () => {
        const marker = `8${process.pid}`
        const daemon = `trap "" HUP INT TERM QUIT; while :; do sleep ${marker}; done`
        const user = { uid: 1000, gid: 1000, groups: [] }
        const script = `(setsid sh -c '${daemon}' & exit) & (setsid sh -c '(${daemon}) & exit' &) ; sleep 0.2; echo done`
        for (const changes of [{}, { user }]) {
          expect(await sandbox.run(script, changes)).toMatchObject({ exitCode: 0, out: 'done\n' })
          await until(() => sleepers(marker) === 0)
        }
      })

      test('aborting ends processes that ignore signals and go on forking', async () => {
        const marker = `9${process.pid}`
        const controller = new AbortController()
        const script = `trap "" HUP INT TERM QUIT; for i in $(seq 20); do (trap "" TERM; setsid sleep ${marker} &) ; done; while :; do sleep 0.01 & wait $!; done`
        const running = sandbox.run(script, {}, controller.signal)
        await until(() => sleepers(marker) === 20)
        controller.abort(new Error('enough'))
        await expect(running).rejects.toThrow('enough')
        await until(() => sleepers(marker) === 0)
      })

      test('a full file system is an error of the program', async () => {
        const full = sandbox.at('rootfs/full')
        mkdirSync(full)
        libc.mount({ type: 'tmpfs', target: full, flags: 0, options: 'size=1m' })
        try {
          const { exitCode, err } = await sandbox.run('cat /dev/zero > /full/file')
          expect([exitCode, err]).toEqual([1, expect.stringContaining('No space left on device')])
          expect((await sandbox.run('rm /full/file; echo on > /full/file; cat /full/file')).out).toBe('on\n')
        } finally {
          libc.unmount(full)
        }
      })

      test('100,000 open files end with the process', async () => {
        const open: Call = { name: 'openat', args: [AT_FDCWD, '/', 0], purpose: 'open' }
        const hold: Call = {
          name: 'execve',
          args: ['/bin/sleep', { words: ['sleep', '0.5', 0] }, { words: [0] }],
          purpose: 'hold',
        }
        install(sandbox, 'open', [...Array.from({ length: 1000 }, () => open), hold])
        const script = 'for i in $(seq 100); do open & done; wait; echo end'
        expect(await sandbox.run(script, { ulimits: ['nofile=1024:1024'] })).toMatchObject({
          exitCode: 0,
          out: 'end\n',
        })
      })

      test('CVE-2024-21626: no working directory in /proc leads out of the root', async () => {
        const path = `${'../'.repeat(20)}${sandbox.at('canary')}`
        for (let fd = 0; fd < 12; fd += 1) {
          const { out } = await sandbox.run(['cat', path], { cwd: `/proc/self/fd/${fd}` }).catch(() => ({ out: '' }))
          expect(out).toBe('')
        }
      })

      test('CVE-2024-23652: a link in the way of a mount point removes nothing outside', async () => {
        mkdirSync(sandbox.at('outside/point'), { recursive: true })
        const mounts = [{ type: 'tmpfs', target: '/made/point' }] as const
        const script = `mv /made /moved; ln -s ${'../'.repeat(10)}${sandbox.at('outside')} /made`
        expect(await sandbox.run(script, { mounts })).toMatchObject({ exitCode: 0 })
        expect(existsSync(sandbox.at('outside/point'))).toBe(true)
        for (const name of ['made', 'moved']) rmSync(sandbox.at(`rootfs/${name}`), { recursive: true, force: true })
      })

      test('CVE-2019-5736: the program of the launcher or the runtime cannot be overwritten', async () => {
        const attack =
          'for f in /proc/[0-9]*/exe /proc/self/exe; do echo evil 2>/dev/null > $f && echo wrote $f; done; echo end'
        const script = `cat /bin/busybox > /tmp/busybox; chmod 755 /tmp/busybox; exec /tmp/busybox sh -c '${attack}'`
        const { out } = await sandbox.run(script)
        // The kernel does not know which programs run on the rung confined. A process can overwrite
        // its own there, which is of the image.
        expect(out).toMatch(rung === 'confined' ? /^(wrote .*\n)*(end\n)?$/ : /^end\n$/)
      })

      test('a read-only mount stays so by its descriptors', async () => {
        mkdirSync(sandbox.at('readonly'))
        writeFileSync(sandbox.at('readonly/file'), 'precious')
        const mounts = [
          { type: 'bind', source: sandbox.at('readonly'), target: '/readonly', readonly: true, directory: true },
        ] as const
        const attack =
          'exec 3</readonly/file; for f in /readonly/file /proc/self/fd/3 /dev/fd/3; do echo evil > $f; done'
        await sandbox.run(attack, { mounts })
        // On the rung chroot it is a copy.
        expect(readFileSync(sandbox.at('readonly/file'), 'utf8')).toBe('precious')
      })

      test('devices of the machine keep their modes, owners and times', async () => {
        const before = statSync('/dev/full')
        const attack = `for f in /dev/full /proc/self/fd/7; do chmod 600 $f; chmod 666 $f; ${rung === 'chroot' ? '' : 'chown 5 $f;'} touch $f; done 7</dev/full; echo x > /dev/null && echo end`
        expect((await sandbox.run(attack)).out).toBe('end\n')
        const { mode, uid, mtimeMs, ctimeMs } = statSync('/dev/full')
        expect({ mode, uid, mtimeMs, ctimeMs }).toEqual({
          mode: before.mode,
          uid: before.uid,
          mtimeMs: before.mtimeMs,
          ctimeMs: before.ctimeMs,
        })
      })

      test('the machine gives no secrets and takes no orders', async () => {
        const { out } = await sandbox.run(
          `cat /proc/1/environ /proc/1/root${sandbox.at('canary')} /proc/kcore /dev/mem /dev/kmsg 2>/dev/null | grep -c secret
        for f in /proc/sysrq-trigger /proc/sys/kernel/core_pattern /sys/kernel/uevent_helper /sys/fs/cgroup/cgroup.procs; do
          true 2>/dev/null > $f && echo wrote $f; (exec 3<$f && true > /proc/self/fd/3 && echo opened $f) 2>/dev/null; done; mknod /disk b 254 0; head -c 1 /disk 2>/dev/null | wc -c; rm /disk`,
        )
        // The rung chroot leaves devices to the device control group of the container.
        expect(out).toMatch(rung === 'chroot' ? /^0\n/ : /^0\n0\n$/)
      })
    },
  )
}

function install(sandbox: Sandbox, program: string, calls: readonly Call[]): void {
  writeFileSync(sandbox.at(`rootfs/bin/${program}`), buildLauncher(calls, hostArch()).elf, { mode: 0o755 })
}
