import { spawnSync } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, rm, stat, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { findCompileCache } from './compile-cache.ts'

let home: string
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'tsbuild-home-'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

/** The directory without a usable home. */
const elsewhere = join(tmpdir(), `tsbuild-${process.geteuid?.()}`, 'compile-cache')
const own = (): string => join(home, '.cache/tsbuild/compile-cache')

test('compiled code lies in the cache directory of the user, which others cannot read', async () => {
  expect(findCompileCache({ HOME: home })).toBe(own())
  expect((await stat(join(home, '.cache/tsbuild'))).mode & 0o777).toBe(0o700)
  expect(findCompileCache({ HOME: home, XDG_CACHE_HOME: join(home, 'xdg') })).toBe(
    join(home, 'xdg/tsbuild/compile-cache'),
  )
})

test('without a home that can be written to it lies in a directory of this user below the temporary one', () => {
  expect(findCompileCache({})).toBe(elsewhere)
  expect(findCompileCache({ HOME: 'relative' })).toBe(elsewhere)
  expect(findCompileCache({ HOME: '/proc/1' })).toBe(elsewhere)
})

test('a directory that others may write to, or a link, is passed over', async () => {
  await mkdir(join(home, '.cache/tsbuild'), { recursive: true })
  await chmod(join(home, '.cache/tsbuild'), 0o777)
  expect(findCompileCache({ HOME: home })).toBe(elsewhere)
  await rm(join(home, '.cache/tsbuild'), { recursive: true })
  await mkdir(join(home, 'target'))
  await symlink(join(home, 'target'), join(home, '.cache/tsbuild'))
  expect(findCompileCache({ HOME: home })).toBe(elsewhere)
})

const skipped = process.geteuid?.() === 0 ? '' : ' (skipped: needs root)'
test.skipIf(skipped !== '')(`root does not use the directories of another user${skipped}`, async () => {
  await mkdir(join(home, '.cache/tsbuild'), { recursive: true })
  await chown(join(home, '.cache'), 65534, 65534)
  expect(findCompileCache({ HOME: home })).toBe(elsewhere)
  await chown(join(home, '.cache/tsbuild'), 65534, 65534)
  expect(findCompileCache({ HOME: home })).toBe(elsewhere)
})

test('the program leaves compiled code there and nowhere else', async () => {
  const temporary = join(home, 'tmp')
  await mkdir(temporary)
  const main = join(import.meta.dirname, 'cli/main.ts')
  const env = { PATH: process.env['PATH'], HOME: home, TMPDIR: temporary }
  const { status } = spawnSync(process.execPath, [main, '--version'], { env })
  expect(status).toBe(0)
  expect((await stat(own())).isDirectory()).toBe(true)
  await expect(stat(join(temporary, 'node-compile-cache'))).rejects.toMatchObject({ code: 'ENOENT' })
})
