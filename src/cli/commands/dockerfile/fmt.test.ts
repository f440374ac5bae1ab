import { execFileSync } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { call } from '../../testing/invocation.ts'

const plain = 'from a\n\n\nrun x  \nENV A=1 \\\n B=2\n'
const formatted = 'FROM a\n\nRUN x\nENV A=1 \\\n    B=2\n'

let cwd = ''
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'tsbuild-fmt-'))
  await writeFile(join(cwd, 'Dockerfile'), plain)
  await writeFile(join(cwd, 'Other'), formatted)
  return () => rm(cwd, { recursive: true })
})

test('the result is printed, and the file stays', async () => {
  for (const files of [[], ['.'], ['Dockerfile']])
    expect(await call(['fmt', ...files], { cwd })).toEqual({ status: 0, stdout: formatted, stderr: '' })
  expect(await readFile(join(cwd, 'Dockerfile'), 'utf8')).toBe(plain)
})

test('standard input', async () => {
  expect(await call(['fmt', '-'], { cwd, input: plain })).toEqual({ status: 0, stdout: formatted, stderr: '' })
})

test('--check prints a diff that git applies, names the file, and ends with 1', async () => {
  const { status, stdout, stderr } = await call(['fmt', '--check', 'Dockerfile', 'Other'], { cwd })
  expect([status, stderr]).toEqual([1, 'Dockerfile is not formatted; run: tsbuild fmt --write Dockerfile\n'])
  execFileSync('git', ['apply', '-p0', '-'], { cwd, input: stdout })
  expect(await readFile(join(cwd, 'Dockerfile'), 'utf8')).toBe(formatted)
  expect(await call(['fmt', '--check', 'Dockerfile', 'Other'], { cwd })).toEqual({ status: 0, stdout: '', stderr: '' })
})

test.for([
  ['several hunks', `from a\n${'RUN x\n'.repeat(20)}run y\n${'RUN x\n'.repeat(3)}run z\n`],
  ['a removed last line', 'FROM a\n\n\n'],
  ['a missing line feed', 'FROM a\nRUN x'],
  ['a last line of blanks', 'FROM a\nRUN x\n  '],
  ['a removed first line', '\n\nFROM a\n'],
])('git applies a diff of %s', async ([, text = '']) => {
  await writeFile(join(cwd, 'Dockerfile'), text)
  const { stdout } = await call(['fmt', '-c'], { cwd })
  execFileSync('git', ['apply', '-p0', '-'], { cwd, input: stdout })
  expect((await call(['fmt', '-c'], { cwd })).status).toBe(0)
})

test('--write changes only files that are not formatted, and keeps modes and links', async () => {
  await chmod(join(cwd, 'Dockerfile'), 0o640)
  await symlink('Dockerfile', join(cwd, 'link'))
  const before = await stat(join(cwd, 'Other'))
  expect(await call(['fmt', '-w', 'link', 'Other'], { cwd })).toEqual({ status: 0, stdout: 'link\n', stderr: '' })
  expect(await readFile(join(cwd, 'Dockerfile'), 'utf8')).toBe(formatted)
  const [written, other] = await Promise.all(['Dockerfile', 'Other'].map((name) => stat(join(cwd, name))))
  expect([(written?.mode ?? 0) & 0o777, other?.mtimeMs]).toEqual([0o640, before.mtimeMs])
})

test.for<[string[], RegExp]>([
  [['fmt', '-c', '-w'], /--check and --write exclude each other/],
  [['fmt', '-w', '-'], /--write cannot change standard input/],
  [['fmt', 'missing'], /"missing" does not exist/],
])('%j is a wrong call', async ([argv, message]) => {
  const { status, stderr } = await call(argv, { cwd })
  expect(stderr).toMatch(message)
  expect(status).toBe(2)
})

test('a file that does not parse stays, with the place of the error', async () => {
  await writeFile(join(cwd, 'Dockerfile'), 'FROM a\nCPY b c\n')
  const { status, stdout, stderr } = await call(['fmt', '-w'], { cwd })
  expect(stderr).toContain('Dockerfile:2:1')
  expect([status, stdout]).toEqual([1, ''])
  await writeFile(join(cwd, 'Dockerfile'), Buffer.from([0x46, 0xff, 0x0a]))
  expect((await call(['fmt', '-w'], { cwd })).stderr).toContain('is not UTF-8 text')
})
