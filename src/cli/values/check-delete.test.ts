import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { checkDelete } from './check-delete.ts'

const directory = mkdtempSync(join(tmpdir(), 'tsbuild-delete-'))
const cwd = join(directory, 'work')
mkdirSync(cwd)
symlinkSync(directory, join(cwd, 'up'))
symlinkSync(cwd, join(directory, 'down'))
afterAll(() => rmSync(directory, { recursive: true }))

const cleared = (dest: string) => [{ kind: 'local', dest, mode: 'delete' }] as const

test.for(['out', 'a/b/c', '..out', '../down/out'])('%s is below the working directory', (path) => {
  checkDelete(cleared(join(cwd, path)), cwd, [])
  checkDelete(cleared(join(cwd, path)), join(directory, 'down'), [])
})

test.for(['', '..', '../other', 'up', 'up/x', '../../etc'])('%j is not, and must be allowed', (path) => {
  const dest = join(cwd, path)
  expect(() => checkDelete(cleared(dest), cwd, ['network.host'])).toThrow(
    /mode=delete for destination ".*" requires --allow=buildx.local.delete/,
  )
  checkDelete(cleared(dest), cwd, ['buildx.local.delete'])
  checkDelete([{ kind: 'local', dest, mode: 'copy' }], cwd, [])
})
