import { expect, test } from 'vitest'
import { decodeOwners, encodeOwners, type OwnersByPath } from './owners-record.ts'

test('a record keeps all metadata, and names that are no text', () => {
  const owners: OwnersByPath = new Map([
    ['', { ino: 2, entry: { uid: 0, gid: 50 } }],
    [
      'a/\xff',
      { ino: 3, entry: { uid: 1, gid: 2, mode: 0o4755, xattrs: new Map([['user.x', Uint8Array.of(0, 255)]]) } },
    ],
    ['n', { ino: 4, entry: { uid: 0, gid: 0, device: { kind: 'block', major: 8, minor: 70_000 } } }],
  ])
  expect(decodeOwners(encodeOwners(owners))).toEqual(owners)
})

test.for([
  '{}',
  '[1]',
  '[{"path":"a","ino":1,"uid":0}]',
  '[{"path":"a","ino":1,"uid":-1,"gid":0}]',
  '[{"path":"../a","ino":1,"uid":0,"gid":0}]',
  '[{"path":"/a","ino":1,"uid":0,"gid":0}]',
  '[{"path":"a","ino":1,"uid":0,"gid":0,"xattrs":[["name"]]}]',
  'text',
])('%s is no record', (text) => {
  expect(() => decodeOwners(text)).toThrow(/record|JSON/)
})
