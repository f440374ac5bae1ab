import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { effectiveCapabilities } from '../plan/host.ts'
import { ociRungs } from './rung.ts'
import { checkRuntime } from './runtime.ts'

let directory = ''
const path = process.env['PATH']

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'runtime-'))
  process.env['PATH'] = directory
})
afterEach(() => {
  process.env['PATH'] = path
  rmSync(directory, { recursive: true })
})

test.each([
  ['crun version 0.21', 'crun version 0.21 is too old', 'install crun 1.0 or newer'],
  ['crun version 1.0', undefined],
  ['crun version 1.8.1', undefined],
  ['crun version 2.0', undefined],
  ['youki version 0.3', `does not report a version of crun: "youki version 0.3"`],
])('a runtime that prints "%s"', async (text, reason, hint?: string) => {
  writeFileSync(join(directory, 'crun'), `#!/bin/sh\necho ${text}\necho commit: 1\n`, { mode: 0o755 })
  const outcome = await checkRuntime('crun').catch((error: unknown) => error)
  if (reason === undefined) return expect(outcome).toBe(undefined)
  expect(outcome).toMatchObject({ code: 'RUNG_UNAVAILABLE', message: expect.stringContaining(reason) })
  expect(outcome instanceof Error && 'hint' in outcome ? outcome.hint : undefined).toBe(hint)
})

test('a missing runtime is refused with the package to install', async () => {
  await expect(checkRuntime('crun')).rejects.toMatchObject({
    message: 'crun is not installed',
    hint: 'install the package crun',
  })
})

test('a runtime that fails on every container is refused with its reason', async () => {
  const [rung] = ociRungs
  const script = `#!/bin/sh
    [ "$1" = --version ] && echo crun version 1.8.1 && exit
    while [ "$1" != --log ]; do shift; done
    echo '{"msg":"no containers today","level":"error"}' > "$2"; exit 1\n`
  writeFileSync(join(directory, 'crun'), script, { mode: 0o755 })
  const refused = await rung?.probe({ directory })
  const isRoot = (effectiveCapabilities() & (1n << 21n)) !== 0n
  const reason = isRoot ? 'crun cannot start the process: no containers today' : 'the capability SYS_ADMIN is missing'
  expect(refused).toMatchObject({ available: false, reason })
})
