import { join } from 'node:path'
import { expect } from 'vitest'
import { test } from '../layer/testing/store.ts'
import { openStore } from './open-store.ts'

test('what comes in from an archive stays, although it has no name yet', async ({ directory }) => {
  await using store = await openStore({ root: join(directory, 'store') })
  const began = Promise.withResolvers<void>()
  const more = Promise.withResolvers<void>()
  async function* archive(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(512)
    began.resolve()
    await more.promise
    yield Buffer.alloc(512)
  }
  const loading = store.load(archive(), 'archive')
  await began.promise
  expect(await store.objects({ inUse: true })).toContainEqual(expect.objectContaining({ type: 'temporary' }))
  expect((await store.prune({ all: true })).objects).toEqual([])
  more.resolve()
  await expect(loading).rejects.toMatchObject({ code: 'ARCHIVE_INVALID' })
  await expect(store.prune({ all: true })).resolves.toMatchObject({ freed: expect.any(Number) })
})
