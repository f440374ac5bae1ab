import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { confinedIsolator } from '../confined.ts'
import { Ledger } from '../ledger/ledger.ts'
import { namespaceIsolator } from '../namespaces.ts'
import type { Mount } from '../process.ts'
import { rootScripts, userScripts } from '../test-scripts.ts'
import { canSandbox, type Outcome, Sandbox } from '../test-sandbox.ts'

/** Programs of the machine, read-only. */
const system = ['/bin', '/lib', '/lib64', '/usr', '/etc/passwd', '/etc/group', '/etc/nsswitch.conf', '/etc/login.defs'].filter((path) =>
  existsSync(path),
)
const mounts: readonly Mount[] = system.map((path) => {
  return { type: 'bind', source: path, target: path, readonly: true, directory: !path.startsWith('/etc/'), recursive: true }
})
const env = [['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin']] as const

/** Everything the scripts made, as lstat(2) shows it to the process. */
const list = 'cd /t && find . -printf "%p %y %M %U:%G %n %l\\n" | sort'

const canCompare = canSandbox && ['perl', 'setpriv', 'find'].every((name) => existsSync(`/usr/bin/${name}`))

describe.skipIf(!canCompare)('confined processes (skipped without CAP_SYS_ADMIN, busybox, perl or setpriv)', () => {
  let real: Sandbox
  let confined: Sandbox
  beforeAll(() => {
    real = new Sandbox(namespaceIsolator)
    confined = new Sandbox(confinedIsolator)
    for (const sandbox of [real, confined]) {
      rmSync(sandbox.at('rootfs'), { recursive: true })
      for (const path of ['rootfs/t', 'rootfs/etc', 'rootfs/tmp', 'rootfs/closed']) mkdirSync(sandbox.at(path), { recursive: true })
    }
  })
  beforeEach(() => {
    for (const sandbox of [real, confined]) {
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
    }
  })
  afterAll(() => {
    real[Symbol.dispose]()
    confined[Symbol.dispose]()
  })

  async function compare(script: string, uid: number): Promise<void> {
    const [expected, found] = [await run(real, script, uid), await run(confined, script, uid)]
    expect(expected.out).not.toBe('')
    expect({ out: found.out, exitCode: found.exitCode }).toEqual({ out: expected.out, exitCode: expected.exitCode })
  }

  async function run(sandbox: Sandbox, script: string, uid: number): Promise<Outcome> {
    rmSync(sandbox.at('rootfs/t'), { recursive: true, force: true })
    mkdirSync(sandbox.at('rootfs/t'))
    const ledger = new Ledger()
    if (sandbox === real) chownSync(sandbox.at('rootfs/t'), uid, uid)
    else if (uid !== 0) {
      const { dev, ino } = lstatSync(sandbox.at('rootfs/t'))
      ledger.set(dev, ino, { uid, gid: uid })
    }
    const args = ['/bin/sh', '-c', `cd /t; { ${script}\n} 2>&1; ${list}`]
    const own = sandbox === real ? {} : { ledger }
    return sandbox.run(args, { mounts, env, user: { uid, gid: uid, groups: [] }, ...own })
  }

  // Where a container's own filter refuses chroot(2), nothing can answer in its place, so it is refused everywhere.
  const { 'a root directory inside the root directory': _, ...scripts } = rootScripts

  test.for(Object.entries(scripts))('%s', async ([, script]) => compare(script, 0))
  test.for(Object.entries(userScripts))('another user and %s', async ([, script]) => compare(script, 1000))
})
