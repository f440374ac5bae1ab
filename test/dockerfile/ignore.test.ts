import { expect } from 'vitest'
import { test } from '../support/test.ts'

const files = {
  'src/a.ts': '',
  'src/a.js': '',
  'docs/keep.md': '',
  'docs/other.md': '',
  'node_modules/x': '',
  'sub/node_modules/y': '',
  'top.md': '',
}

test('the last pattern that matches decides, and parents of what is kept stay', async ({ build }) => {
  const image = await build('FROM scratch\nCOPY . /\n', {
    files: { ...files, '.dockerignore': '# all of it\n*\n!src/**/*.ts\n!docs\ndocs/other.md\n' },
  })
  expect(image.lines(0)).toEqual(['d 755 0:0 docs/', 'f 644 0:0 docs/keep.md', 'd 755 0:0 src/', 'f 644 0:0 src/a.ts'])
})

test('patterns start at the root; ** floats', async ({ build }) => {
  const anchored = await build('FROM scratch\nCOPY . /o/\n', {
    files: { ...files, '.dockerignore': 'node_modules\nDockerfile\n.dockerignore\n*.md\n' },
  })
  expect(anchored.line('/o/node_modules')).toBeUndefined()
  expect(anchored.line('/o/sub/node_modules/y')).toBe('f 644 0:0 o/sub/node_modules/y')
  expect(anchored.line('/o/top.md')).toBeUndefined()
  expect(anchored.line('/o/docs/keep.md')).toBe('f 644 0:0 o/docs/keep.md')
  expect(anchored.line('/o/Dockerfile')).toBeUndefined()
  const floating = await build('FROM scratch\nCOPY . /o/\n', {
    files: { ...files, '.dockerignore': '**/node_modules\n' },
  })
  expect(floating.line('/o/sub')).toBe('d 755 0:0 o/sub/')
  expect(floating.line('/o/sub/node_modules')).toBeUndefined()
})

test('dir/** leaves the directory, empty', async ({ build }) => {
  const image = await build('FROM scratch\nCOPY . /\n', {
    files: { 'd/x': '', '.dockerignore': 'd/**\nDockerfile\n.dockerignore\n' },
  })
  expect(image.lines(0)).toEqual(['d 755 0:0 d/'])
})

test('what is ignored is not there for COPY', async ({ failBuild }) => {
  expect((await failBuild('FROM scratch\nCOPY a /\n', { files: { a: '', '.dockerignore': 'a' } })).stderr).toContain(
    'not found',
  )
})

test('a file of the name of the Dockerfile goes before .dockerignore', async ({ build }) => {
  const image = await build('FROM scratch\nCOPY . /o/\n', {
    files: { a: '', b: '', '.dockerignore': 'a\n', 'Dockerfile.dockerignore': 'b\nDockerfile*\n.dockerignore\n' },
  })
  expect(image.lines(0)).toEqual(['d 755 0:0 o/', 'f 644 0:0 o/a'])
})

test('ignored parents of what is kept come with their own modes, ignore files below the root mean nothing', async ({
  build,
}) => {
  const image = await build('FROM scratch\nCOPY . /\n', {
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

test('patterns are about paths of the context, for any source', async ({ build }) => {
  const files = { 'src/a': '', 'src/d/a': '', 'src/b': '', '.dockerignore': 'src/a\n' }
  const image = await build('FROM scratch\nCOPY src /s/\nCOPY src/d /d/\n', { files })
  expect(image.lines(0)).toEqual(['d 755 0:0 s/', 'f 644 0:0 s/b', 'd 755 0:0 s/d/', 'f 644 0:0 s/d/a'])
  expect(image.lines(1)).toEqual(['d 755 0:0 d/', 'f 644 0:0 d/a'])
})

test('a pattern that cannot be read stops the build and names its line', async ({ failBuild }) => {
  const { stderr } = await failBuild('FROM scratch\nCOPY . /\n', { files: { '.dockerignore': 'a\n[\n' } })
  expect(stderr).toMatch(/^error: cannot read ".*\.dockerignore", line 2: syntax error in pattern$/m)
  expect(stderr).not.toContain('COPY')
})
