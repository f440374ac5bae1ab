import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { test } from '../layer/testing/store.ts'
import { secretReader } from './secrets.ts'

test('a secret comes from a value, a variable or a file, read on first use', async ({ directory }) => {
  const path = join(directory, 'secret')
  const sources = {
    text: { value: 'a' },
    bytes: { value: Buffer.from('b') },
    variable: { env: 'TSBUILD_TEST_SECRET' },
    file: { file: path },
  }
  const secret = secretReader(sources, { TSBUILD_TEST_SECRET: 'c' })
  await writeFile(path, 'd\n')
  const all = await Promise.all(['text', 'bytes', 'variable', 'file'].map(secret))
  expect(all.map((bytes) => bytes && Buffer.from(bytes).toString())).toEqual(['a', 'b', 'c', 'd\n'])
  await writeFile(path, 'changed')
  expect(Buffer.from((await secret('file')) ?? []).toString()).toBe('d\n')
})

test('a missing one is undefined, also when it has the name of a property of objects', async () => {
  const secret = secretReader({ unset: { env: 'TSBUILD_TEST_UNSET' } }, {})
  for (const id of ['none', 'unset', 'constructor', '__proto__'])
    expect([id, await secret(id)]).toEqual([id, undefined])
})

test('a file that cannot be read is an error', async ({ directory }) => {
  const secret = secretReader({ file: { file: join(directory, 'none') } }, {})
  await expect(secret('file')).rejects.toMatchObject({
    code: 'SECRET_NOT_FOUND',
    message: expect.stringContaining('ENOENT'),
  })
})
