import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasBusybox } from './testing/rootfs.ts'

const caller = fileURLToPath(new URL('./testing/caller.ts', import.meta.url))
const canEnter = spawnSync(process.execPath, ['--check', caller], { uid: 65534, gid: 65534 }).status === 0
const works = process.geteuid?.() === 0 && hasBusybox && canEnter && spawnSync('useradd', ['--help']).status === 0

describe.skipIf(!works)('an ordinary user (skipped without root, useradd and a checkout that others can read)', () => {
  const name = `tsbuild-${randomBytes(4).toString('hex')}`
  let ids = { uid: 0, gid: 0 }
  let home = ''

  beforeAll(() => {
    execFileSync('useradd', ['-M', name])
    const fields = execFileSync('getent', ['passwd', name], { encoding: 'utf8' }).split(':')
    ids = { uid: Number(fields[2]), gid: Number(fields[3]) }
    home = mkdtempSync('/var/tmp/rootfs-')
    chownSync(home, ids.uid, ids.gid)
    chmodSync(home, 0o700)
  })
  afterAll(() => {
    execFileSync('userdel', ['-f', name])
    rmSync(home, { recursive: true })
  })

  test('has the same layers as root, in a user namespace', () => {
    const script =
      'stat -c "%a %u:%g" /srv/app /srv/app/w; touch /srv/app/new; chown 1000:50 /data/old; chmod 4755 /data/able; rm /data/sub/one; mkdir -m 700 /data/dir; id -u; cat /proc/self/uid_map'
    const [mine, root] = [run(ids, ['userns', 'overlay', script]), run({}, ['root', 'overlay', script])]
    expect(mine.diffId).toBe(root.diffId)
    expect(mine.out).toMatch(new RegExp(`^2750 1000:1001\\n755 0:0\\n0\\n +0 +${ids.uid} +1\\n`))
  })

  test('has the same layers as root, in a root file system of its own that the next build goes on with', () => {
    const change =
      'chown 1000:50 /data/old; chmod 4755 /data/able; rm /data/sub/one; mkdir -m 700 /data/dir; mknod /data/node c 1 3'
    const script = `stat -c %i /bin/busybox; stat -c "%a %u:%g" /srv/app /data/old; ${change}`
    const root = run({}, ['root', 'clone', script])
    const mine = [1, 2].map(() => run(ids, ['userns-single', 'clone', script]))
    expect(mine.map(({ diffId }) => diffId)).toEqual([root.diffId, root.diffId])
    expect(mine[1]?.out).toBe(mine[0]?.out)
    expect(mine[0]?.out).toMatch(/^\d+\n2750 1000:1001\n755 0:0\n$/)
  })

  test.for([
    ['userns', 'overlay'],
    ['userns', 'clone'],
    ['userns-single', 'overlay'],
  ] as const)('has the devices of root: %s, %s', ([rung, strategy]) => {
    const script = `
      mknod /n c 1 3; mknod -m 600 /data/disk b 259 70000; chown 1000:50 /n; ln /n /link; mv /data/disk /d
      chmod 640 /data/device; ln -s /data /soft; mkdir -m 2775 /in; chown 0:1001 /in; mknod /in/tty c 5 0; rm /gone
      mknod /soft/../in/./rm c 1 5; rm /in/rm; echo text > /in/text; mknod /in c 1 3 2> /dev/null || echo no
      su bob -c 'mknod /tmp/n c 1 3' 2> /dev/null || echo no; ln /data/device /data/older`
    const [mine, root] = [run(ids, [rung, strategy, script]), run({}, ['root', strategy, script])]
    expect(mine).toEqual(root)
    expect(mine.out).toBe('no\nno\n')
  })

  /** Runs a script on a rung with a strategy, in a store for each. */
  function run(
    as: { readonly uid?: number; readonly gid?: number },
    args: readonly string[],
  ): { readonly out: string; readonly exitCode: number; readonly diffId: string } {
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [caller, join(home, args.slice(0, 2).join('-')), ...args],
      {
        ...as,
        encoding: 'utf8',
        env: { HOME: home, PATH: process.env['PATH'] },
      },
    )
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    return JSON.parse(stdout)
  }
})
