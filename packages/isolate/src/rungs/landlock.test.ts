import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chrootIsolator } from './chroot.ts'
import type { Argument, Call } from '../machine/call.ts'
import { buildLauncher } from '../launcher/elf.ts'
import { hostArch } from '../launcher/start.ts'
import type { SyscallName } from '../machine/syscalls.ts'
import { loadLibc } from '../machine/libc.ts'
import { AT_FDCWD, O_CLOEXEC } from '../machine/flags.ts'
import { canSandbox, Sandbox } from '../testing/sandbox.ts'

// Attacks of root on the machine outside its root directory. Each succeeds without Landlock, which
// shows that the attack is real.

const abi = loadLibc().landlockAbi()
const enough = canSandbox && abi >= 6

describe.skipIf(!enough)('root on the rung chroot (skipped without CAP_SYS_ADMIN, busybox or Landlock ABI 6)', () => {
  let walled: Sandbox
  let open: Sandbox
  beforeAll(() => {
    walled = new Sandbox(chrootIsolator)
    open = new Sandbox((context) => chrootIsolator({ ...context, libc: { ...context.libc, landlockAbi: () => 0 } }))
  })
  afterAll(() => {
    for (const sandbox of [walled, open]) sandbox[Symbol.dispose]()
  })

  test.each(Object.entries(escapes))('reads and writes no file outside by %s', async (way, leave) => {
    for (const sandbox of [walled, open]) {
      writeFileSync(sandbox.at('canary'), 'secret')
      install(sandbox, `read-${way}`, [...leave(sandbox.at('canary'), 0), ...copyOut])
      install(sandbox, `write-${way}`, [...leave(sandbox.at('canary'), O_WRONLY | O_TRUNC), exit])
      install(sandbox, `make-${way}`, [...leave(sandbox.at(`made-${way}`), O_WRONLY | O_CREAT), exit])
    }
    const results = async (sandbox: Sandbox): Promise<readonly unknown[]> => {
      const { out } = await sandbox.run([`read-${way}`])
      await sandbox.run([`write-${way}`])
      await sandbox.run([`make-${way}`])
      return [out, readFileSync(sandbox.at('canary'), 'utf8'), existsSync(sandbox.at(`made-${way}`))]
    }
    expect(await results(walled)).toEqual(['', 'secret', false])
    expect(await results(open)).toEqual(['secret', '', true])
  })

  test('signals no process outside, and those inside as before', async () => {
    expect((await open.run(`kill -0 ${process.pid}`)).exitCode).toBe(0)
    expect(await walled.run(`kill -0 ${process.pid}`)).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('not permitted'),
    })
    expect(await walled.run('sleep 60 & kill -0 $! && kill $! && wait $!')).toMatchObject({ exitCode: 143 })
  })

  test('works with files in its root, mounts and devices as before', async () => {
    for (const sandbox of [walled, open]) {
      mkdirSync(sandbox.at('cache'))
      const mounts = [
        { type: 'bind', source: sandbox.at('cache'), target: '/cache', readonly: false, directory: true },
        { type: 'tmpfs', target: '/memory' },
      ] as const
      const script = `mkdir /a /b && echo x > /a/f && ln /a/f /b/g && mv /a /b/c && : > /b/c/f && echo y >> /b/g && cat /b/c/f
        mknod /b/device c 1 3 && mknod /b/pipe p && echo z > /dev/null && echo z > /cache/new && ln /cache/new /b/linked && mv /b/linked /memory/m
        cat /memory/m; head -c 3 /dev/zero | wc -c; chroot /b true; echo $?; chmod u+s /b/g; rm -r /b`
      expect(await sandbox.run(script, { mounts })).toMatchObject({ exitCode: 0, out: 'y\nz\n3\n127\n' })
      expect(readFileSync(sandbox.at('cache/new'), 'utf8')).toBe('z\n')
    }
  })

  test('insecure has no wall', async () => {
    expect((await walled.run(`kill -0 ${process.pid}`, { security: 'insecure' })).exitCode).toBe(0)
  })
})

const O_WRONLY = 1
const O_CREAT = 0o100
const O_TRUNC = 0o1000
/** In a program of the process: the report of the launcher is closed. */
const firstFree = 3

const exit = call('exit_group', 0)

const buffer = new Uint8Array(6)
/** Copies what the descriptor after that of a directory, or the first one, reads. */
const copyOut = [call('read', firstFree + 1, buffer, buffer.length), call('write', 1, buffer, buffer.length), exit]

/**
 * Ways to open a file outside as the second free descriptor: calls that leave the root, and one
 * that opens.
 */
const escapes: Readonly<Record<string, (path: string, flags: number) => readonly Call[]>> = {
  'a second chroot': (path, flags) => [
    call('openat', AT_FDCWD, '/', 0),
    call('chroot', '/tmp'),
    ...Array.from({ length: 20 }, () => call('chdir', '..')),
    call('chroot', '.'),
    call('openat', AT_FDCWD, path, flags | O_CLOEXEC, 0o600),
  ],
  'a descriptor of its root': (path, flags) => [
    call('openat', AT_FDCWD, '/', 0),
    call('chroot', '/tmp'),
    call('openat', firstFree, `${'../'.repeat(20)}${path}`, flags | O_CLOEXEC, 0o600),
  ],
}

function call(syscall: SyscallName, ...args: readonly Argument[]): Call {
  return { name: syscall, args, purpose: syscall }
}

function install(sandbox: Sandbox, program: string, calls: readonly Call[]): void {
  writeFileSync(sandbox.at(`rootfs/bin/${program}`), buildLauncher(calls, hostArch()).elf, { mode: 0o755 })
}
