import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Call } from '../machine/call.ts'
import { buildLauncher } from './elf.ts'
import { processors } from '../testing/processors.ts'

const directory = mkdtempSync(join(tmpdir(), 'elf-'))
afterAll(() => rmSync(directory, { recursive: true }))

describe.each(processors)('$arch (arm64 is skipped without qemu-user-static)', ({ arch, via, runs }) => {
  const run = (
    calls: readonly Call[],
  ): { readonly status: number | null; readonly out: string; readonly report: Buffer; readonly call?: Call } => {
    const path = join(directory, `${arch}-${Math.random()}`)
    const launcher = buildLauncher(calls, arch)
    writeFileSync(path, launcher.elf, { mode: 0o700 })
    const [program, ...args]: readonly [string, ...string[]] = via === undefined ? [path] : [via, path]
    const { status, output } = spawnSync(program, args, { stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
    const out = output[1]?.toString() ?? ''
    const report = Buffer.from(output[3] ?? '')
    const call = report.length === 16 ? launcher.callAt(report.readBigUInt64LE(0)) : undefined
    return { status, out, report, ...(call && { call }) }
  }
  const test_ = test.skipIf(!runs)
  const say = (text: string): Call => ({ name: 'write', args: [1, text, text.length], purpose: `say ${text}` })
  const exit = (code: number): Call => ({ name: 'exit_group', args: [code], purpose: 'exit' })
  const fail: Call = { name: 'chdir', args: ['/nowhere'], purpose: 'enter nowhere' }

  test_('performs calls in order and exits', () => {
    expect(run([say('one '), say('two'), exit(7)])).toMatchObject({
      status: 7,
      out: 'one two',
      report: Buffer.alloc(0),
    })
  })

  test_('reports the call that failed with its errno', () => {
    const { status, report, out, call } = run([say('before'), fail, say('after'), exit(0)])
    expect({ status, out, call }).toEqual({ status: 127, out: 'before', call: fail })
    expect(report.readBigUInt64LE(8)).toBe(2n)
  })

  test_('goes on after errors that are to be ignored, and only those', () => {
    expect(run([{ ...fail, ignore: 'all' }, exit(1)]).status).toBe(1)
    expect(run([{ ...fail, ignore: ['EACCES', 'ENOENT'] }, exit(2)]).status).toBe(2)
    expect(run([{ ...fail, ignore: ['EACCES'] }, exit(3)]).status).toBe(127)
  })

  test_('takes the other way after a result that is not 0', () => {
    const umask = (mask: number): Call => ({
      name: 'umask',
      args: [mask],
      purpose: 'set the umask',
      otherwise: [say('other'), exit(5)],
    })
    expect(run([{ ...umask(0) }, say('no'), exit(4)])).toMatchObject({ status: 5, out: 'other' })
    expect(run([{ name: 'umask', args: [0], purpose: 'clear' }, umask(0o22), say('main'), exit(4)])).toMatchObject({
      status: 4,
      out: 'main',
    })
  })

  test_('passes lists of strings, and shares buffers', () => {
    const echo = { words: ['echo', 'a b', 'ünï', 0] }
    expect(run([{ name: 'execve', args: ['/bin/echo', echo, { words: [0] }], purpose: 'exec' }]).out).toBe('a b ünï\n')
    const buffer = Buffer.from('hello   ')
    expect(run([{ name: 'write', args: [1, { data: buffer, offset: 1 }, 4], purpose: 'say' }, exit(0)]).out).toBe(
      'ello',
    )
  })
})

test('a string with a zero byte is refused', () => {
  expect(() => buildLauncher([{ name: 'chdir', args: ['a\0b'], purpose: 'x' }], 'x64')).toThrow('with a zero byte')
})

test.skipIf(!existsSync('/usr/bin/readelf'))('the file is a valid static executable (skipped without readelf)', () => {
  const path = join(directory, 'check')
  writeFileSync(path, buildLauncher([{ name: 'exit_group', args: [0], purpose: 'exit' }], 'arm64').elf)
  const text = execFileSync('readelf', ['--file-header', '--segments', path], { encoding: 'utf8' })
  expect(text).toMatch(/EXEC[\s\S]*AArch64[\s\S]*LOAD[\s\S]*LOAD/)
})
