import { chownSync, existsSync, lstatSync, mkdirSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { namespaceIsolator } from '../rungs/namespaces.ts'
import { rootScripts, userScripts } from '../testing/scripts.ts'
import { canSandbox, type Outcome, Sandbox } from '../testing/sandbox.ts'
import { Ledger } from './ledger.ts'
import { listFiles, machineEnv, machineMounts, makeFilesOfRoot, makeMachineRoot } from '../testing/machine-programs.ts'

const canSupervise = canSandbox && ['perl', 'setpriv', 'find'].every((name) => existsSync(`/usr/bin/${name}`))

/** Part of a script in single quotes. */
function quoted(script: string): string {
  return script.replaceAll("'", `'\\''`)
}

describe.skipIf(!canSupervise)('a ledger (skipped without CAP_SYS_ADMIN, busybox, perl or setpriv)', () => {
  let sandbox: Sandbox
  beforeAll(() => {
    sandbox = new Sandbox(namespaceIsolator)
    makeMachineRoot(sandbox)
  })
  beforeEach(() => makeFilesOfRoot(sandbox))
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
    const args = ['/bin/sh', '-c', `cd /t; { ${script}\n} 2>&1; ${listFiles}`]
    return sandbox.run(args, {
      mounts: machineMounts,
      env: machineEnv,
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
