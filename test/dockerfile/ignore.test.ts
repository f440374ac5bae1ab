import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Reporter } from '../../src/index.ts'
import { type TreeNode, writeTree } from '../support/write-tree.ts'
import { type EdgeImage, test } from '../support/edge.ts'

const everything = 'FROM scratch\nCOPY . /\n'

/** Paths in the last layer that are not the ignore file. */
function paths({ layers }: EdgeImage): readonly string[] {
  return (layers.at(-1) ?? []).map(({ path }) => path).filter((path) => !path.endsWith('.dockerignore'))
}

const kinds = {
  'src/a.ts': '',
  'src/a.js': '',
  'docs/keep.md': '',
  'docs/other.md': '',
  'top.md': '',
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
  const files = { 'node_modules/x': '', 'app/node_modules/y': '', 'app/z': '', 'app/z.md': '', 'top.md': '' }
  expect(paths(await edge(everything, { files: { ...files, '.dockerignore': 'node_modules\n*.md\n' } }))).toEqual([
    'app/',
    'app/node_modules/',
    'app/node_modules/y',
    'app/z',
    'app/z.md',
  ])
  expect(paths(await edge(everything, { files: { ...files, '.dockerignore': '**/node_modules\n*.md\n' } }))).toEqual([
    'app/',
    'app/z',
    'app/z.md',
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

test('the last pattern that matches decides, and parents of what is kept stay', async ({ edge }) => {
  const image = await edge('FROM scratch\nCOPY . /\n', {
    files: { ...kinds, '.dockerignore': '# all of it\n*\n!src/**/*.ts\n!docs\ndocs/other.md\n' },
  })
  expect(image.lines(0)).toEqual(['d 755 0:0 docs/', 'f 644 0:0 docs/keep.md', 'd 755 0:0 src/', 'f 644 0:0 src/a.ts'])
})

test('ignored parents of what is kept come with their own modes, ignore files below the root mean nothing', async ({
  edge,
}) => {
  const image = await edge('FROM scratch\nCOPY . /\n', {
    files: {
      a: { directory: 0o700 },
      'a/b/keep': '',
      'a/b/other': '',
      'sub/.dockerignore': 'x\n',
      'sub/x': '',
      '.dockerignore': '*\n!a/b/keep\n!sub\n',
    },
  })
  expect(image.lines(0)).toEqual([
    'd 700 0:0 a/',
    'd 755 0:0 a/b/',
    'f 644 0:0 a/b/keep',
    'd 755 0:0 sub/',
    'f 644 0:0 sub/.dockerignore',
    'f 644 0:0 sub/x',
  ])
})

test('patterns are about paths of the context, for any source', async ({ edge }) => {
  const files = { 'src/a': '', 'src/d/a': '', 'src/b': '', '.dockerignore': 'src/a\n' }
  const image = await edge('FROM scratch\nCOPY src /s/\nCOPY src/d /d/\n', { files })
  expect(image.lines(0)).toEqual(['d 755 0:0 s/', 'f 644 0:0 s/b', 'd 755 0:0 s/d/', 'f 644 0:0 s/d/a'])
  expect(image.lines(1)).toEqual(['d 755 0:0 d/', 'f 644 0:0 d/a'])
})

test('a pattern that cannot be read stops the build and names its line', async ({ failBuild }) => {
  const { stderr } = await failBuild('FROM scratch\nCOPY . /\n', { files: { '.dockerignore': 'a\n[\n' } })
  expect(stderr).toMatch(/^error: cannot read ".*\.dockerignore", line 2: syntax error in pattern$/m)
  expect(stderr).not.toContain('COPY')
})
