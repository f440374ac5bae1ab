import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { digestOf } from '@tsbuild/oci'
import { expect } from 'vitest'
import type { Vertex } from '../../graph/vertex.ts'
import { test } from '../../layer/testing/store.ts'
import { localMemory } from './local-memory.ts'

const step = (name: string, stage = 'build'): Vertex => ({ op: { kind: 'merge' }, inputs: [], name, stage })
const parts = { own: digestOf('own'), read: [digestOf('a'), digestOf('b')] }

test('a step is identified by its place, for any command and any number of steps', async ({ store }) => {
  const memory = localMemory(store, 'Dockerfile')
  await memory.put(step('[build 2/5] RUN a'), parts)
  expect(await memory.get(step('[build 2/7] RUN b'))).toEqual(parts)
  expect(await memory.get(step('[build 3/5] RUN a'))).toBeUndefined()
  expect(await memory.get(step('[build 2/5] RUN a', 'other'))).toBeUndefined()
  expect(await localMemory(store, 'other').get(step('[build 2/5] RUN a'))).toBeUndefined()
})

test('what is damaged is forgotten', async ({ store }) => {
  const memory = localMemory(store, 'Dockerfile')
  await memory.put(step('[build 2/5] RUN a'), parts)
  const folder = join(store.paths.root, 'cache')
  const [fan = ''] = await readdir(folder)
  const [name = ''] = await readdir(join(folder, fan))
  for (const text of [
    '',
    'null',
    '{"own":1,"read":[]}',
    '{"own":"sha256:../x","read":[]}',
    JSON.stringify({ ...parts, read: [1] }),
  ]) {
    await writeFile(join(folder, fan, name), text)
    expect([text, await memory.get(step('[build 2/5] RUN a'))]).toEqual([text, undefined])
  }
})

test('not being able to remember is no error', async ({ store }) => {
  await rm(store.paths.temporary, { recursive: true })
  await localMemory(store, 'Dockerfile').put(step('[build 2/5] RUN a'), parts)
  expect(await localMemory(store, 'Dockerfile').get(step('[build 2/5] RUN a'))).toBeUndefined()
})
