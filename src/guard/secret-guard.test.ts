import { expect } from 'vitest'
import type { Layer } from '../layer/layer.ts'
import { file, layerOf, test } from '../layer/testing/store.ts'
import { SecretGuard } from './secret-guard.ts'

const secrets = new Map([['token', Buffer.from('a-long-secret')]])

test('a layer is read once, and again only if that failed', async ({ store }) => {
  const guard = new SecretGuard(secrets, { store, signal: new AbortController().signal })
  const stored = layerOf(store, { f: file('a-long-secret') })
  let isLost = true
  let reads = 0
  const layer: Layer = {
    ...stored,
    blob: async () => {
      reads += 1
      if (isLost) throw new Error('the cache has lost it')
      return stored.blob()
    },
  }
  await expect(guard.isClean(layer)).rejects.toThrow('the cache has lost it')
  isLost = false
  expect([await guard.isClean(layer), await guard.isClean(layer)]).toEqual([false, false])
  expect(reads).toBe(2)
})
