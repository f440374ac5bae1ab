import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Call } from '../machine/call.ts'
import { buildLauncher } from '../launcher/elf.ts'
import { launch } from '../launcher/launch.ts'
import { hostArch } from '../launcher/start.ts'
import { namespaceIsolator } from './namespaces.ts'
import { planChroot } from '../plan/chroot.ts'
import { effectiveCapabilities, readHost } from '../plan/host.ts'
import { canSandbox, defaults, Sandbox } from '../testing/sandbox.ts'

describe.skipIf(!canSandbox)('what a process must not (skipped without CAP_SYS_ADMIN or busybox)', () => {
  let sandbox: Sandbox
  beforeAll(() => {
    sandbox = new Sandbox(namespaceIsolator)
  })
  afterAll(() => sandbox[Symbol.dispose]())

  test("the sandbox has BuildKit's capabilities, a filter, a host name, and no other process", async () => {
    const { out } = await sandbox.run(
      'grep -E "^(Cap|Seccomp:|NoNewPrivs)" /proc/self/status; hostname; set -- /proc/[0-9]*; echo $#; ls /proc/self/fd | wc -l',
    )
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
        '1',
        '4',
        '',
      ].join('\n'),
    )
  })

  test('another user has no capabilities and the groups given', async () => {
    const { out } = await sandbox.run('id; grep CapEff /proc/self/status; pwd', {
      user: { uid: 1000, gid: 50, groups: [7, 8] },
      cwd: '/tmp',
    })
    expect(out).toBe('uid=1000 gid=50 groups=7,8\nCapEff:\t0000000000000000\n/tmp\n')
  })

  test('insecure has every capability and nothing masked', async () => {
    const { out } = await sandbox.run('grep -E "CapEff|Seccomp:" /proc/self/status; mount | grep -c " /proc/"', {
      security: 'insecure',
    })
    const all = effectiveCapabilities().toString(16).padStart(16, '0')
    expect(out).toBe(`CapEff:\t${all}\nSeccomp:\t0\n0\n`)
    const user = { uid: 1000, gid: 1000, groups: [] }
    expect((await sandbox.run('grep CapEff /proc/self/status', { security: 'insecure', user })).out).toBe(
      `CapEff:\t${all}\n`,
    )
  })

  test('insecure may use devices', async () => {
    const script = 'mknod /tmp/zero c 1 5; head -c 3 /tmp/zero | wc -c; rm /tmp/zero; ls /dev/kmsg'
    expect((await sandbox.run(script, { security: 'insecure' })).out).toBe(
      existsSync('/dev/kmsg') ? '3\n/dev/kmsg\n' : '3\n',
    )
    expect((await sandbox.run(script)).out).toBe('0\n')
  })

  test('what tells about or changes the machine is masked or read-only', async () => {
    const { out, err } = await sandbox.run(
      'cat /proc/kcore /proc/keys /proc/timer_list | wc -c; ls /sys/firmware /proc/acpi /proc/scsi; echo 1 >/proc/sys/kernel/hostname; mkdir /sys/fs/x',
    )
    expect(out.split('\n')[0]).toBe('0')
    expect(out).not.toMatch(/[a-z]{3}\n/)
    expect(err.match(/[Rr]ead-only file system/g)).toHaveLength(2)
  })

  test('new namespaces, mounts and device files of the machine are out of reach', async () => {
    const { out, err } = await sandbox.run(
      'unshare -U true; mount -t tmpfs x /tmp; mknod /tmp/disk b 1 0 && cat /tmp/disk; echo end',
    )
    rmSync(sandbox.at('rootfs/tmp/disk'), { force: true })
    expect(out).toBe('end\n')
    expect(err).toMatch(/unshare.*Operation not permitted[\s\S]*mount.*(denied|not permitted)/)
  })

  test('links of the root lead mounts nowhere else', async () => {
    mkdirSync(sandbox.at('host'))
    symlinkSync(`${'../'.repeat(10)}${sandbox.at('host')}`, sandbox.at('rootfs/upwards'))
    symlinkSync(sandbox.at('host'), sandbox.at('rootfs/absolute'))
    const mounts = ['upwards', 'absolute'].map((name) => ({ type: 'tmpfs', target: `/${name}/${name}` }) as const)
    const { out } = await sandbox.run(
      'touch /upwards/upwards/x /absolute/absolute/y && grep -c "^tmpfs.*host" /proc/mounts',
      { mounts },
    )
    expect(out).toBe('2\n')
    expect([readdirSync(sandbox.at('host')), existsSync(sandbox.at(`rootfs${sandbox.at('host')}`))]).toEqual([
      [],
      false,
    ])
  })

  test('nothing leads out of the root', async () => {
    // The classical way out of chroot: another root below the working directory, then upwards from
    // outside of it.
    const escape: readonly Call[] = [
      { name: 'chroot', args: ['/tmp'], purpose: 'change the root' },
      ...Array.from({ length: 20 }, (): Call => ({ name: 'chdir', args: ['..'], purpose: 'go up' })),
      { name: 'chroot', args: ['.'], purpose: 'change the root back' },
      {
        name: 'execve',
        args: ['/bin/cat', { words: ['cat', sandbox.at('outside'), 0] }, { words: [0] }],
        purpose: 'read',
      },
    ]
    writeFileSync(sandbox.at('outside'), 'secret')
    writeFileSync(sandbox.at('rootfs/bin/escape'), buildLauncher(escape, hostArch()).elf, { mode: 0o755 })
    expect(await sandbox.run(['escape'])).toMatchObject({ out: '', err: expect.stringContaining('No such file') })
    let weak = ''
    const io = {
      signal: new AbortController().signal,
      onOutput: (_: string, data: Uint8Array) => void (weak += Buffer.from(data).toString()),
    }
    await launch(
      planChroot({ ...defaults, rootfs: sandbox.at('rootfs'), args: ['/bin/escape'] }, readHost()),
      io,
      sandbox.context,
    )
    expect(weak).toBe('secret')
    const roots = (
      await sandbox.run(
        'grep -c " / / " /proc/self/mountinfo; grep " /proc" /proc/self/mountinfo | grep -c " / /proc "',
      )
    ).out
    expect(roots).toBe('0\n1\n')
  })
})
