import { readAll } from '@tsbuild/content'
import { expect } from 'vitest'
import type { InlineOp } from '../graph/op.ts'
import { file, layerOf, test } from '../layer/testing/store.ts'
import { inlineExecutor } from './inline.ts'
import { mergeExecutor } from './merge.ts'
import { stepContext as context } from './testing/step-context.ts'

const op = (...files: InlineOp['files']): InlineOp => ({ kind: 'inline', files })
const script = { path: 'd/script', mode: 0o755, text: 'é\n' }

test('scratch is no layer, files are one', async ({ store }) => {
  expect(await inlineExecutor(store).run(op(), [], context)).toEqual([])
  const [layer] = await inlineExecutor(store).run(op(script), [], context)
  const change = (await layer?.diff())?.get('d/script')
  if (change?.type !== 'set' || change.entry.type !== 'file') throw new Error('no file')
  expect(change.entry).toMatchObject({ mode: 0o755, uid: 0, gid: 0, mtime: 0, content: { size: 3 } })
  expect(Buffer.from(await readAll(change.entry.content.open(), 10)).toString()).toBe('é\n')
})

test('the key is path, mode and text of every file', async ({ store }) => {
  const key = (...files: InlineOp['files']) => inlineExecutor(store).key(op(...files), context)
  const keys = await Promise.all([
    key(script),
    key({ ...script, path: 'other' }),
    key({ ...script, mode: 0o644 }),
    key({ ...script, text: '' }),
    key(script, script),
    key(),
  ])
  expect(new Set(keys).size).toBe(keys.length)
  expect(await key({ ...script })).toBe(keys[0])
})

test('merge stacks the layers of its inputs in order', async ({ store }) => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => layerOf(store, { [name]: file(name) }))
  if (!a || !b || !c) throw new Error('three layers')
  expect(await mergeExecutor.run({ kind: 'merge' }, [[a, b], [], [c]], context)).toEqual([a, b, c])
})
