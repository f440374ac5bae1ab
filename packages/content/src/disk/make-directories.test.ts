import { mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeDirectories } from './make-directories.ts'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'make-directories-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

test('makes what is missing, with the mode, by several at once', async () => {
  const path = join(root, 'a/b/c')
  await Promise.all([1, 2, 3].map(() => makeDirectories(path, 0o700)))
  expect((await stat(join(root, 'a'))).mode & 0o777).toBe(0o700)
  expect((await stat(path)).isDirectory()).toBe(true)
})

test('accepts existing directories, also behind a link', async () => {
  await makeDirectories(join(root, 'real'))
  await symlink('real', join(root, 'link'))
  await makeDirectories(join(root, 'link/below'))
  await makeDirectories(join(root, 'link'))
  expect((await stat(join(root, 'real/below'))).isDirectory()).toBe(true)
})

test('a file in the way is an error', async () => {
  await writeFile(join(root, 'file'), '')
  await expect(makeDirectories(join(root, 'file'))).rejects.toMatchObject({ code: 'EEXIST' })
  await expect(makeDirectories(join(root, 'file/below'))).rejects.toMatchObject({ code: 'ENOTDIR' })
})

test.runIf(process.platform === 'linux')('a directory that takes no others is an error at once', async () => {
  await expect(makeDirectories('/proc/none/below')).rejects.toMatchObject({ code: 'ENOENT' })
})
