import { expect, test } from 'vitest'
import { type Entry, type TreeView, viewOf } from '@tsbuild/tree'
import { resolveOwner } from './owner.ts'

const file = (text: string): Entry => {
  const bytes = Buffer.from(text)
  async function* open(): AsyncGenerator<Uint8Array> {
    yield bytes
  }
  return { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0, content: { size: bytes.length, open } }
}
const directory: Entry = { type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 0 }
const view: TreeView = viewOf(
  new Map([
    ['', directory],
    ['etc', directory],
    ['etc/passwd', file('root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65533::/:/bin/false\n')],
    ['etc/group', file('root:x:0:\nstaff:x:50:\n')],
  ]),
)

test.each([
  ['1000', 1000, 1000, []],
  ['1000:', 1000, 0, []],
  ['1000:50', 1000, 50, []],
  [':5', 0, 5, []],
  ['nobody', 65534, 65533, []],
  ['nobody:staff', 65534, 50, []],
  ['root', 0, 0, []],
  ['ghost', 0, 0, ['ghost']],
  ['1000:ghosts', 1000, 1000, ['ghosts']],
  ['1:2:3', 1, 1, ['2:3']],
])('--chown=%s gives %i:%i', async (text, uid, gid, unknown) => {
  expect(await resolveOwner(view, text)).toEqual({ uid, gid, unknown })
})
