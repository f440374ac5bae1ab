import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { removeUnpacked } from './remove-unpacked.ts'

test('a directory and all in it goes; one that is not there is no error', async () => {
  const directory = join(mkdtempSync(join(tmpdir(), 'remove-')), 'unpacked')
  mkdirSync(join(directory, 'a/b'), { recursive: true })
  writeFileSync(join(directory, 'a/b/c'), '')
  await removeUnpacked(directory)
  expect(existsSync(directory)).toBe(false)
  await removeUnpacked(directory)
})
