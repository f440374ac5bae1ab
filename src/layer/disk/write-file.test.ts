import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { test } from '../testing/store.ts'
import { writeFileAtomic } from './write-file.ts'

test('makes directories, replaces an existing file, leaves no draft', async ({ store: { paths }, directory }) => {
  const path = join(directory, 'new/deep/file')
  await writeFileAtomic(path, 'one', paths)
  await writeFileAtomic(path, Buffer.from('two'), paths)
  expect(await readFile(path, 'utf8')).toBe('two')
  expect(await readdir(paths.temporary)).toEqual([])
})

test('many writers at once leave one whole content', async ({ store: { paths }, directory }) => {
  const contents = Array.from({ length: 20 }, (_, index) => String(index).repeat(100_000))
  await Promise.all(contents.map((content) => writeFileAtomic(join(directory, 'file'), content, paths)))
  expect(contents).toContain(await readFile(join(directory, 'file'), 'utf8'))
})

test('what cannot be put there fails and leaves no draft', async ({ store: { paths }, directory }) => {
  const path = join(directory, 'taken')
  await mkdir(join(path, 'full'), { recursive: true })
  await expect(writeFileAtomic(path, 'x', paths)).rejects.toMatchObject({ code: /EISDIR|ENOTEMPTY|EEXIST/ })
  expect(await readdir(paths.temporary)).toEqual([])
})
