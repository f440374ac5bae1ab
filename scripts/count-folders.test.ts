import { expect, test } from 'vitest'
import { countFolders, formatFolders } from './count-folders.ts'

const file = (path: string, ...specifiers: string[]) => ({ path, specifiers, codeLines: 1 })

test('files, floors and arrows of each folder', () => {
  const counts = countFolders([
    file('src/a/low.ts', 'node:fs'),
    file('src/a/middle.ts', './low.ts', '../b/other.ts'),
    file('src/a/high.ts', './middle.ts', './low.ts', './low.ts'),
    file('src/b/other.ts'),
  ])
  expect(counts).toEqual([
    { folder: 'src/a', files: 3, floors: 3, arrows: 3 },
    { folder: 'src/b', files: 1, floors: 1, arrows: 0 },
  ])
  expect(formatFolders(counts)).toBe(' files floors arrows\n     3      3      3  src/a')
})
