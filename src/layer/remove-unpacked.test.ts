import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { removeUnpacked } from './remove-unpacked.ts'
import { test } from './testing/store.ts'

test('removes a directory with its content; a missing one is no error', async ({ store: { paths } }) => {
  const directory = join(paths.unpacked, 'layer')
  mkdirSync(join(directory, 'a/b'), { recursive: true })
  writeFileSync(join(directory, 'a/b/c'), '')
  await removeUnpacked(directory, paths)
  expect(existsSync(directory)).toBe(false)
  await removeUnpacked(directory, paths)
})
