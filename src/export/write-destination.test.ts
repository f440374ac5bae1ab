import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { streamOf, test } from '../layer/testing/store.ts'
import { writeDestination } from './write-destination.ts'

const signal = new AbortController().signal

test('a file appears whole, its directories with it', async ({ directory }) => {
  const dest = join(directory, 'new/deep/file.tar')
  await writeDestination(dest, streamOf('content'), signal)
  expect(await readFile(dest, 'utf8')).toBe('content')
  expect(await readdir(join(directory, 'new/deep'))).toEqual(['file.tar'])
})

test('what fails midway or is aborted leaves the old file and no part', async ({ directory }) => {
  const dest = join(directory, 'out.tar')
  await writeFile(dest, 'old')
  const abort = new AbortController()
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(100_000)
    throw new Error('no more')
  }
  async function* aborted(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(100_000)
    abort.abort(new Error('stop'))
    yield Buffer.alloc(100_000)
  }
  await expect(writeDestination(dest, failing(), signal)).rejects.toThrow('no more')
  await expect(writeDestination(dest, aborted(), abort.signal)).rejects.toThrow()
  expect(await readFile(dest, 'utf8')).toBe('old')
  expect((await readdir(directory)).filter((name) => name !== 'store')).toEqual(['out.tar'])
})

test('a link is followed, and the file keeps its mode', async ({ directory }) => {
  await mkdir(join(directory, 'a'))
  await writeFile(join(directory, 'a/file'), 'old', { mode: 0o640 })
  await symlink('../link', join(directory, 'a/first'))
  await symlink('a/file', join(directory, 'link'))
  await writeDestination(join(directory, 'a/first'), streamOf('new'), signal)
  expect(await readFile(join(directory, 'a/file'), 'utf8')).toBe('new')
  expect((await stat(join(directory, 'a/file'))).mode & 0o777).toBe(0o640)
  await symlink('missing/dangling', join(directory, 'dangling'))
  await writeDestination(join(directory, 'dangling'), streamOf('new'), signal)
  expect(await readFile(join(directory, 'missing/dangling'), 'utf8')).toBe('new')
  await symlink('circle', join(directory, 'circle'))
  await expect(writeDestination(join(directory, 'circle'), streamOf('x'), signal)).rejects.toThrow(
    'too many symbolic links',
  )
})

test('the draft of a killed process goes with the next write; what looks like one stays', async ({ directory }) => {
  const module = JSON.stringify(join(import.meta.dirname, 'write-destination.ts'))
  const endless = `import { writeDestination } from ${module}
    const content = (async function* () { yield Buffer.alloc(2_000_000); await new Promise(() => setInterval(() => {}, 1000)) })()
    await writeDestination('out.tar', content, new AbortController().signal)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', endless], { cwd: directory, stdio: 'inherit' })
  const drafts = async (): Promise<readonly string[]> =>
    (await readdir(directory)).filter((name) => name.endsWith('.part'))
  while ((await drafts()).length === 0 && child.exitCode === null)
    await new Promise((resolve) => setTimeout(resolve, 20))
  await writeDestination(join(directory, 'other'), streamOf(''), signal)
  expect(await drafts()).toHaveLength(1)
  child.kill('SIGKILL')
  await once(child, 'close')
  for (const name of ['out.tar.12345678.part', '.tsbuild-1.part']) await writeFile(join(directory, name), 'of the user')
  await writeDestination(join(directory, 'out.tar'), streamOf('whole'), signal)
  expect(await drafts()).toEqual(['.tsbuild-1.part', 'out.tar.12345678.part'])
})

const root = process.geteuid?.() === 0

test.skipIf(!root)(
  'links and FIFOs of others in a shared directory are refused (skipped without root)',
  async ({ directory }) => {
    const shared = join(directory, 'shared')
    await mkdir(shared)
    await chmod(shared, 0o1777)
    await writeFile(join(directory, 'precious'), 'old')
    await symlink('../precious', join(shared, 'link'))
    execFileSync('mkfifo', [join(shared, 'fifo')])
    execFileSync('chown', ['-h', '65534', join(shared, 'link'), join(shared, 'fifo')])
    for (const name of ['link', 'fifo']) {
      await expect(writeDestination(join(shared, name), streamOf('x'), signal)).rejects.toMatchObject({
        code: 'OUTPUT_FAILED',
        message: expect.stringContaining('belongs to another user'),
      })
    }
    expect(await readFile(join(directory, 'precious'), 'utf8')).toBe('old')
    await writeFile(join(shared, 'file'), 'of another')
    await chown(join(shared, 'file'), 65534, 65534)
    await writeDestination(join(shared, 'file'), streamOf('new'), signal)
    expect(await readFile(join(shared, 'file'), 'utf8')).toBe('new')
    expect((await lstat(join(shared, 'file'))).uid).toBe(65534)
  },
)
