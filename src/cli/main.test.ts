import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commands } from './commands.ts'
import { call } from './testing/invocation.ts'

const main = join(import.meta.dirname, 'main.ts')

let directory = ''
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tsbuild-main-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function tsbuild(
  args: readonly string[],
  { input = '', closeOutput = false } = {},
): Promise<{ status: unknown; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: directory,
    env: { ...process.env, TSBUILD_ROOT: join(directory, 'store') },
  })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => (output[name] += text))
  if (closeOutput) child.stdout.destroy()
  child.stdin.on('error', () => {}).end(input)
  const [status] = await once(child, 'close')
  return { status, ...output }
}

test('the overview names every command and has examples', async () => {
  const { status, stdout, stderr } = await tsbuild(['--help'])
  expect([status, stderr]).toEqual([0, ''])
  for (const name of commands.keys()) expect(stdout).toMatch(new RegExp(`^  ${name} `, 'm'))
  expect(stdout.match(/^ {2}tsbuild -/gm)?.length).toBeGreaterThanOrEqual(3)
  expect(await tsbuild([])).toEqual({ status, stdout, stderr })
})

test('the version is that of the package', async () => {
  expect((await tsbuild(['--version'])).stdout).toMatch(/^tsbuild \d+\.\d+\.\d+\n$/)
})

test('errors go to standard error, with the right code', async () => {
  await writeFile(join(directory, 'Dockerfile'), 'FROM scratch\n')
  expect(await tsbuild(['nowhere'])).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringMatching(/^error: .*"nowhere"/),
  })
  expect(await tsbuild(['build', '--netwrk', 'x', '.'])).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('--network'),
  })
  expect(await tsbuild(['-f', '-', '-'])).toMatchObject({ status: 2, stderr: expect.stringContaining('both') })
})

test('a reader that closes early gets no message', async () => {
  expect(await tsbuild(['--help'], { closeOutput: true })).toMatchObject({ stderr: '' })
})

test('SIGINT while a call waits ends it with 130', async () => {
  // Before the program listens, the signal would end it as it ends anything.
  const tells = "data:text/javascript,process.on('newListener', (name) => name === 'SIGINT' && console.log('listens'))"
  const call = ['--import', tells, main, 'login', '-u', 'ci', '--password-stdin', 'r.example']
  const child = spawn(process.execPath, call, { stdio: 'pipe' })
  const ended = once(child, 'close')
  await once(child.stdout, 'data')
  // The command waits for a password that never comes.
  const repeated = setInterval(() => child.kill('SIGINT'), 300)
  const [status] = await ended
  clearInterval(repeated)
  expect(status).toBe(130)
})

test.for([...commands.keys()])('%s has a help of its own', async (name) => {
  for (const argv of [
    [name, '--help'],
    ['help', name],
  ]) {
    const { status, stdout, stderr } = await call(argv)
    expect([status, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(new RegExp(`^Usage: tsbuild ${name} [\\s\\S]*--help`))
    expect(stdout).not.toContain('--oci-layout-path')
  }
})

test.runIf(process.platform === 'linux')('a current directory that was removed is named as the reason', async () => {
  const gone = join(directory, 'gone')
  const script = `mkdir "$1"; cd "$1"; rmdir "$1"; exec "$2" "$3" images`
  const child = spawn('sh', ['-c', script, 'sh', gone, process.execPath, main])
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const [status] = await once(child, 'close')
  expect([status, stderr]).toEqual([
    2,
    'error: the current directory does not exist: it was removed\nhint: cd to another directory\n',
  ])
})
