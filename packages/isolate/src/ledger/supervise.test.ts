import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { namespaceIsolator } from '../rungs/namespaces.ts'
import type { Mount } from '../model/process.ts'
import { rootScripts, userScripts } from '../testing/scripts.ts'
import { canSandbox, type Outcome, Sandbox } from '../testing/sandbox.ts'
import { Ledger } from './ledger.ts'

/** Programs of the machine, read-only: static busybox alone does not make every call. */
const system = [
  '/bin',
  '/lib',
  '/lib64',
  '/usr',
  '/etc/passwd',
  '/etc/group',
  '/etc/nsswitch.conf',
  '/etc/login.defs',
].filter((path) => existsSync(path))
const mounts: readonly Mount[] = [
  ...system.map((path): Mount => {
    return {
      type: 'bind',
      source: path,
      target: path,
      readonly: true,
      directory: !path.startsWith('/etc/'),
      recursive: true,
    }
  }),
]
const env = [['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin']] as const

/** Everything the scripts made, as lstat(2) shows it to the process. */
const list = 'cd /t && find . -printf "%p %y %M %U:%G %n %l\\n" | sort'

const canSupervise = canSandbox && ['perl', 'setpriv', 'find'].every((name) => existsSync(`/usr/bin/${name}`))

/** Part of a script in single quotes. */
function quoted(script: string): string {
  return script.replaceAll("'", `'\\''`)
}

describe.skipIf(!canSupervise)('a ledger (skipped without CAP_SYS_ADMIN, busybox, perl or setpriv)', () => {
  let sandbox: Sandbox
  beforeAll(() => {
    sandbox = new Sandbox(namespaceIsolator)
    rmSync(sandbox.at('rootfs'), { recursive: true })
    for (const path of ['rootfs/t', 'rootfs/etc', 'rootfs/tmp', 'rootfs/closed'])
      mkdirSync(sandbox.at(path), { recursive: true })
  })
  beforeEach(() => {
    for (const [path, mode] of [
      ['closed/secret', 0o644],
      ['unreadable', 0o600],
      ['readable', 0o644],
      ['tmp/root', 0o666],
    ] as const) {
      writeFileSync(sandbox.at(`rootfs/${path}`), 'text\n')
      chmodSync(sandbox.at(`rootfs/${path}`), mode)
    }
    chmodSync(sandbox.at('rootfs/closed'), 0o700)
    chmodSync(sandbox.at('rootfs/tmp'), 0o1777)
  })
  afterAll(() => sandbox[Symbol.dispose]())

  test.for(Object.entries(userScripts))('another user and %s', async ([, script]) => {
    const real = await run(script, { uid: 1000 })
    const supervised = await run(script, { uid: 1000, ledger: new Ledger() })
    expect({ out: supervised.out, exitCode: supervised.exitCode }).toEqual({ out: real.out, exitCode: real.exitCode })
  })

  test.for(Object.entries(userScripts))('a user that root becomes, and %s', async ([, script]) => {
    const became = `chown 1000:1000 /t; setpriv --reuid=1000 --regid=1000 --clear-groups sh -c '${quoted(script)}'`
    const real = await run(became)
    const supervised = await run(became, { ledger: new Ledger() })
    expect(real.out).not.toBe('')
    expect({ out: supervised.out, exitCode: supervised.exitCode }).toEqual({ out: real.out, exitCode: real.exitCode })
  })

  test('a program of another user has the limits that root gave it', async () => {
    const script =
      'ulimit -s; setpriv --reuid=1000 --regid=1000 --clear-groups sh -c "ulimit -s; sh -c \'ulimit -s -H\'"'
    expect(await run(script, { ledger: new Ledger() })).toEqual(await run(script))
  })

  async function run(
    script: string,
    { ledger, uid = 0 }: { readonly ledger?: Ledger; readonly uid?: number } = {},
  ): Promise<Outcome> {
    rmSync(sandbox.at('rootfs/t'), { recursive: true, force: true })
    mkdirSync(sandbox.at('rootfs/t'))
    if (ledger === undefined) chownSync(sandbox.at('rootfs/t'), uid, uid)
    else if (uid !== 0) {
      const { dev, ino } = lstatSync(sandbox.at('rootfs/t'))
      ledger.set(dev, ino, { uid, gid: uid })
    }
    const args = ['/bin/sh', '-c', `cd /t; { ${script}\n} 2>&1; ${list}`]
    return sandbox.run(args, {
      mounts,
      env,
      user: { uid, gid: uid, groups: [] },
      ...(ledger !== undefined && { ledger }),
    })
  }

  test.for(Object.entries(rootScripts))('%s', async ([, script]) => {
    const real = await run(script)
    const supervised = await run(script, { ledger: new Ledger() })
    expect(real.out).not.toBe('')
    expect({ out: supervised.out, exitCode: supervised.exitCode }).toEqual({ out: real.out, exitCode: real.exitCode })
  })
})
