import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Reporter } from '../../src/index.ts'
import { type TreeNode, writeTree } from '../support/write-tree.ts'
import { type EdgeImage, test } from './edge.ts'

const everything = 'FROM scratch\nCOPY . /\n'

/** Paths in the last layer that are not the ignore file. */
function paths({ layers }: EdgeImage): readonly string[] {
  return (layers.at(-1) ?? []).map(({ path }) => path).filter((path) => !path.endsWith('.dockerignore'))
}

test('a file that grows while it is read is an error that says to exclude it', async ({ edge, directory }) => {
  const context = join(directory, 'growing')
  await writeTree(context, { 'logs/app.log': 'one\n' })
  const report: Reporter = (event) => {
    // The context has been listed by now; its files are read when the layer is written.
    if (event.type === 'vertex-started' && event.name.includes('COPY'))
      appendFileSync(join(context, 'logs/app.log'), 'two\n')
  }
  await expect(edge('FROM scratch\nCOPY . /\n', { context, report })).rejects.toMatchObject({
    code: 'FILE_CHANGED',
    message: expect.stringContaining('"logs/app.log" changed while it was being used'),
    hint: 'stop the program that writes to it, or exclude it in .dockerignore',
  })
  await writeTree(context, { '.dockerignore': 'logs\n' })
  expect(paths(await edge('FROM scratch\nCOPY . /\n', { context, report }))).toEqual([])
})

test('94: dir/** leaves the directory, dir does not', async ({ edge }) => {
  const files = { 'dir/x/y': '', a: '' }
  expect(paths(await edge(everything, { files: { ...files, '.dockerignore': 'dir/**\n' } }))).toEqual(['a', 'dir/'])
  expect(paths(await edge(everything, { files: { ...files, '.dockerignore': 'dir\n' } }))).toEqual(['a'])
})

test('95: everything but a few', async ({ edge }) => {
  const files = {
    'src/a': '',
    'src/d/b': '',
    'package.json': '',
    'docs/x': '',
    y: '',
    '.dockerignore': '*\n!src\n!package.json\n',
  }
  expect(paths(await edge(everything, { files }))).toEqual(['package.json', 'src/', 'src/a', 'src/d/', 'src/d/b'])
})

test('96: a name alone is at the top only', async ({ edge }) => {
  const files = { 'node_modules/x': '', 'app/node_modules/y': '', 'app/z': '' }
  expect(paths(await edge(everything, { files: { ...files, '.dockerignore': 'node_modules\n' } }))).toEqual([
    'app/',
    'app/node_modules/',
    'app/node_modules/y',
    'app/z',
  ])
  expect(paths(await edge(everything, { files: { ...files, '.dockerignore': '**/node_modules\n' } }))).toEqual([
    'app/',
    'app/z',
  ])
})

test('97: the Dockerfile and the ignore file may be ignored, and are still read', async ({ edge, directory }) => {
  const files = { Dockerfile: 'FROM scratch\nCOPY . /x\n', '.dockerignore': 'Dockerfile\n.dockerignore\n', a: '' }
  const context = join(directory, 'ignored')
  await writeTree(context, files)
  const image = await edge('', { context, dockerfile: join(context, 'Dockerfile') })
  expect(image.layers[0]?.map(({ path }) => path)).toEqual(['x/', 'x/a'])
  const warned: string[] = []
  const report: Reporter = (event) => void (event.type === 'warning' && warned.push(event.code))
  await expect(edge('FROM scratch\nCOPY Dockerfile /\n', { files, report })).rejects.toMatchObject({
    message: expect.stringContaining('"/Dockerfile": not found'),
    hint: expect.stringContaining('excluded from the context by "Dockerfile"'),
  })
  expect(warned).toEqual(['CopyIgnoredFile'])
})

test('98: the last matching line decides, blanks around a pattern do not count, # does only in front', async ({
  edge,
}) => {
  const files = { 'keep.log': '', 'b.log': '', '# x': '', a: '', '.dockerignore': '!keep.log\n*.log  \n  # x\n' }
  expect(paths(await edge(everything, { files }))).toEqual(['a'])
})

test('99: a Dockerfile’s own ignore file is the only one', async ({ edge, directory }) => {
  const files: Record<string, TreeNode> = { 'app.Dockerfile': everything, a: '', b: '' }
  const context = join(directory, 'two')
  await writeTree(context, { ...files, 'app.Dockerfile.dockerignore': 'a\n*Dockerfile*\n', '.dockerignore': 'b\n' })
  expect(paths(await edge('', { context, dockerfile: join(context, 'app.Dockerfile') }))).toEqual(['b'])
})
