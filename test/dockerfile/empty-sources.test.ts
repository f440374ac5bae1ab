import { expect } from 'vitest'
import { type EdgeImage, test } from '../support/edge.ts'

const files = { 'src/a.txt': 'a', 'src/sub/b.txt': 'b', bare: { directory: 0o755 }, c: 'c' }

const copied = (image: EdgeImage): readonly string[] => (image.layers.at(-1) ?? []).map(({ path }) => path)

test.for(['.', './', '/', './.'])('COPY --parents %s copies the context', async (source, { edge }) => {
  const image = await edge(`FROM scratch\nCOPY --parents ${source} /d/\n`, { files })
  expect(copied(image)).toEqual(['d/', 'd/bare/', 'd/c', 'd/src/', 'd/src/a.txt', 'd/src/sub/', 'd/src/sub/b.txt'])
  expect(image.warned).toEqual([])
})

test.for(['src/./', './src/./', 'src/./.', 's*/./'])(
  'COPY --parents %s copies what is in src',
  async (source, { edge }) => {
    expect(copied(await edge(`FROM scratch\nCOPY --parents ${source} /d/\n`, { files }))).toEqual([
      'd/',
      'd/a.txt',
      'd/sub/',
      'd/sub/b.txt',
    ])
  },
)

test('COPY --parents of a file before the pivot copies the file, --exclude counts below it', async ({ edge }) => {
  expect(copied(await edge('FROM scratch\nCOPY --parents c/./ /d/\n', { files }))).toEqual(['d/', 'd/c'])
  const image = await edge('FROM scratch\nCOPY --parents --exclude=sub src/./ /d/\n', { files })
  expect(copied(image)).toEqual(['d/', 'd/a.txt'])
})

test('a directory that is empty is copied without a warning, and so is a pattern that matches nothing', async ({
  edge,
}) => {
  const image = await edge('FROM scratch\nCOPY bare /d/\nCOPY no*.txt c /e/\nCOPY --exclude=** bare /f/\n', { files })
  expect(image.warned).toEqual([])
  expect(image.layers.map((layer) => layer.map(({ path }) => path))).toEqual([['d/'], ['e/', 'e/c'], ['f/']])
})

test.for([
  ['src', '**'],
  ['s*', '**'],
  ['--parents src/a.txt', '**'],
  ['--parents src/**/*.txt', 'src'],
])('a warning says that --exclude leaves nothing of %s', async ([source, exclude], { edge }) => {
  const messages: string[] = []
  await edge(`FROM scratch\nCOPY --exclude=${exclude} ${source} /d/\n`, {
    files,
    report: (event) => void (event.type === 'warning' && messages.push(`${event.code}: ${event.message}`)),
  })
  const path = source?.replace('--parents ', '')
  expect(messages).toEqual([`SourceEmpty: "${path}" is empty in this build: --exclude excludes everything in it`])
})

test.for([
  ['COPY src /d/', 'src/*', '"src"'],
  ['ADD src /d/', 'src/*', '"src"'],
  ['COPY src/*.txt /d/', 'src/a*', '"src/*.txt"'],
  ['COPY . /a/\nCOPY src /d/', 'src/*', '"src"'],
  ['COPY . /d/', '*\n!nothing', 'the context'],
])('a warning says that the ignore file leaves nothing: %s, %s', async ([steps, ignore = '', empty], { edge }) => {
  const messages: string[] = []
  await edge(`FROM scratch\n${steps}\n`, {
    files: { ...files, '.dockerignore': ignore },
    report: (event) => void (event.type === 'warning' && messages.push(`${event.code}: ${event.message}`)),
  })
  expect(messages).toEqual([`SourceEmpty: ${empty} is empty in this build: the ignore file excludes everything in it`])
})
