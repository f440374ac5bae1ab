import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, closeSync, copyFileSync, mkdtempSync, openSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, expect, test } from 'vitest'
import { hostArch } from '../launcher/start.ts'
import { nodePath } from '../node-path.ts'
import { buildStarter } from './starter.ts'

const directory = mkdtempSync(join(tmpdir(), 'starter-'))
afterAll(() => rmSync(directory, { recursive: true }))
let count = 0

/** Runs the starter of a program, with words in front of its command. */
async function start(
  program: string,
  script: string,
  wrapper: readonly string[] = [],
): Promise<{ readonly code: unknown; readonly stdout: string; readonly stderr: string }> {
  const path = join(directory, `start-${(count += 1)}`)
  const args = (has: boolean): readonly string[] => [program, '-e', script, String(has)]
  writeFileSync(path, buildStarter({ program, env: [['PATH', `/none:${directory}`]], args }, hostArch()), {
    mode: 0o755,
  })
  const [command, ...rest] = [...wrapper, path]
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] })
  const [[code], stdout, stderr] = await Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)])
  return { code, stdout, stderr }
}

const report =
  'console.log(process.argv.at(-1), require("fs").readlinkSync("/proc/self/ns/mnt"), process.env.PATH); process.exit(7)'

test.runIf(process.getuid?.() === 0)('starts a program in a mount namespace of its own', async () => {
  const { code, stdout } = await start(nodePath(), report)
  const [has, namespace, path] = stdout.trim().split(' ')
  expect({ code, has, path }).toEqual({ code: 7, has: 'true', path: `/none:${directory}` })
  expect(namespace).not.toBe(readlinkSync('/proc/self/ns/mnt'))
})

test('starts a program without one where the kernel refuses it', async () => {
  const wrapper = process.getuid?.() === 0 ? ['setpriv', '--bounding-set=-sys_admin'] : []
  const { code, stdout } = await start(nodePath(), report, wrapper)
  expect({ code, words: stdout.trim().split(' ').slice(0, 2) }).toEqual({
    code: 7,
    words: ['false', readlinkSync('/proc/self/ns/mnt')],
  })
})

const strace = ['strace', '-qq', '-o', '/dev/null'] as const
const canTrace = spawnSync(strace[0], [...strace.slice(1), 'true']).status === 0

test.runIf(process.getuid?.() === 0 && canTrace)(
  'starts a program without one where the kernel refuses mounts in it',
  async () => {
    const wrapper = [...strace, '-e', 'trace=mount', '-e', 'inject=mount:error=EACCES']
    const { code, stdout } = await start(nodePath(), report, wrapper)
    expect({ code, has: stdout.split(' ')[0] }).toEqual({ code: 7, has: 'false' })
  },
)

test('finds a program in PATH, and waits while its file is open for writing', async () => {
  const copy = join(directory, 'copied')
  copyFileSync('/bin/true', copy)
  chmodSync(copy, 0o755)
  const held = openSync(copy, 'r+')
  const started = start('copied', '')
  setTimeout(() => closeSync(held), 150)
  expect(await started).toEqual({ code: 0, stdout: '', stderr: '' })
})

test('says that a program is missing', async () => {
  const { code, stderr } = await start('missing', '')
  expect({ code, stderr }).toEqual({
    code: 127,
    stderr: 'cannot execute missing: it is missing, or no program for this machine\n',
  })
})
