import { readdirSync, readFileSync, statSync } from 'node:fs'
import { chmod, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { digestOf } from '@tsbuild/oci'
import { afterEach, expect, vi } from 'vitest'
import type { LocalOp } from '../graph/op.ts'
import { LayerStore } from '../layer/layer-store.ts'
import { test } from '../layer/testing/store.ts'
import { type LocalContext, localExecutor } from './local.ts'
import { stepContext as solve } from './testing/step-context.ts'

const whole: LocalOp = { kind: 'local', context: 'context' }

afterEach(() => void vi.useRealTimers())

/** Later than any file could have changed unnoticed. */
function waitForTicks(): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 10_000 })
}

async function makeContext(directory: string, ignored: readonly string[] = []): Promise<LocalContext> {
  const context = join(directory, 'context')
  await mkdir(join(context, 'sub'), { recursive: true })
  await writeFile(join(context, 'a'), 'one')
  await writeFile(join(context, 'sub/b'), 'two')
  await symlink('sub', join(context, 'link'))
  return { directory: context, ignores: (path) => ignored.includes(path), mayContain: () => false }
}

const keyOf = (store: LayerStore, context: LocalContext, op: LocalOp = whole): Promise<string> =>
  localExecutor(store, new Map([['context', context]])).key(op, solve)

/** The file of the store with the known listing. */
function knownListing(store: LayerStore): string | undefined {
  const files = readdirSync(store.paths.stats).map((name) => join(store.paths.stats, name))
  return files.find((path) => statSync(path).isFile() && readFileSync(path, 'utf8').startsWith('{'))
}

/**
 * Puts a listing that no context has into the file: if it is in a key, no file was read. The result
 * damages the file.
 */
async function replaceListing(store: LayerStore): Promise<() => Promise<void>> {
  const file = knownListing(store) ?? ''
  const [text = ''] = readFileSync(file, 'utf8').split('\n')
  const other = JSON.stringify({ ...JSON.parse(text), listing: digestOf('other') })
  await writeFile(file, `${other}\n${digestOf(other)}`)
  return () => writeFile(file, `${other}\n${digestOf(text)}`)
}

test('an unchanged context is known by its stats alone', async ({ store, directory }) => {
  const context = await makeContext(directory)
  waitForTicks()
  const key = await keyOf(store, context)
  expect(await keyOf(store, context)).toBe(key)
  const damage = await replaceListing(store)
  expect(await keyOf(store, context)).not.toBe(key)
  await damage()
  expect(await keyOf(store, context)).toBe(key)
})

test('an ignored file that appears leaves the context known', async ({ store, directory }) => {
  const context = await makeContext(directory, ['ignored'])
  waitForTicks()
  const key = await keyOf(store, context)
  vi.useRealTimers()
  await writeFile(join(context.directory, 'ignored'), '')
  await replaceListing(store)
  expect(await keyOf(store, context)).not.toBe(key)
})

test('a context that changed a moment ago is read again', async ({ store, directory }) => {
  await keyOf(store, await makeContext(directory))
  expect(knownListing(store)).toBeUndefined()
})

test.for<[string, (context: string) => Promise<unknown>]>([
  [
    'content of the same length with the old time',
    async (context) => {
      const { atime, mtime } = statSync(join(context, 'a'))
      await writeFile(join(context, 'a'), 'uno')
      await utimes(join(context, 'a'), atime, mtime)
    },
  ],
  ['a mode', (context) => chmod(join(context, 'a'), 0o755)],
  ['a new file', (context) => writeFile(join(context, 'sub/c'), '')],
  ['a removed file', (context) => rm(join(context, 'sub/b'))],
  ['a new name', (context) => rename(join(context, 'a'), join(context, 'z'))],
  [
    'a link to elsewhere',
    async (context) => {
      await rm(join(context, 'link'))
      await symlink('a', join(context, 'link'))
    },
  ],
])('%s gives the key that a fresh store gives', async ([, change], { store, directory }) => {
  const context = await makeContext(directory)
  waitForTicks()
  const before = await keyOf(store, context)
  expect(knownListing(store)).toBeDefined()
  vi.useRealTimers()
  await change(context.directory)
  const after = await keyOf(store, context)
  expect(after).not.toBe(before)
  expect(after).toBe(await keyOf(await LayerStore.open(join(directory, 'fresh')), context))
})

test('another ignore file is another context', async ({ store, directory }) => {
  const context = await makeContext(directory)
  waitForTicks()
  const before = await keyOf(store, context)
  expect(await keyOf(store, { ...context, ignores: (path) => path === 'sub/b' })).not.toBe(before)
})

test('what a link leads to belongs to the context', async ({ store, directory }) => {
  const context = await makeContext(directory)
  const op: LocalOp = { ...whole, include: ['link/b'] }
  waitForTicks()
  const before = await keyOf(store, context, op)
  expect(await keyOf(store, context, op)).toBe(before)
  vi.useRealTimers()
  await writeFile(join(context.directory, 'sub/b'), 'owt')
  expect(await keyOf(store, context, op)).not.toBe(before)
})

test('a context that changes after its key was computed is refused', async ({ store, directory }) => {
  const context = await makeContext(directory)
  waitForTicks()
  await keyOf(store, context)
  const executor = localExecutor(store, new Map([['context', context]]))
  await executor.key(whole, solve)
  await writeFile(join(context.directory, 'a'), 'uno')
  await expect(executor.run(whole, [], solve)).rejects.toMatchObject({ code: 'FILE_CHANGED' })
})
