import { expect, test } from 'vitest'
import { Ledger } from './ledger.ts'

test('files without an entry belong to root', () => {
  const ledger = new Ledger([{ dev: 1, ino: 2, uid: 0, gid: 0 }])
  expect(ledger.isEmpty).toBe(true)
  ledger.set(1, 2, { uid: 3, gid: 4 })
  expect([ledger.get(1, 2), ledger.get(2, 2)]).toEqual([{ uid: 3, gid: 4 }, undefined])
  expect([...ledger.rows()]).toEqual([{ dev: 1, ino: 2, uid: 3, gid: 4 }])
})

test('two inode numbers of one file share its entry until its end', () => {
  const ledger = new Ledger()
  ledger.join(1, 2, 3)
  ledger.set(1, 3, { uid: 5, gid: 6 })
  expect(ledger.get(1, 2)).toEqual({ uid: 5, gid: 6 })
  ledger.set(1, 2, { uid: 0, gid: 0 })
  expect(ledger.get(1, 3)).toEqual({ uid: 0, gid: 0 })
  ledger.delete(1, 3)
  expect([ledger.get(1, 2), ledger.isEmpty]).toEqual([undefined, true])
})

test('the rows of another ledger replace its own', () => {
  const ledger = new Ledger([{ dev: 1, ino: 2, uid: 3, gid: 4 }])
  const device = { kind: 'block', major: 8, minor: 1 } as const
  ledger.replace([{ dev: 1, ino: 9, uid: 0, gid: 0, device }])
  expect([...ledger.rows()]).toEqual([{ dev: 1, ino: 9, uid: 0, gid: 0, device }])
})

test('a mode or an attribute alone makes an entry, which crosses to other threads', () => {
  const xattrs = new Map([['security.capability', Uint8Array.of(1)]])
  const ledger = new Ledger([
    { dev: 1, ino: 2, uid: 0, gid: 0, mode: 0o4755 },
    { dev: 1, ino: 3, uid: 0, gid: 0, xattrs },
    { dev: 1, ino: 4, uid: 0, gid: 0, xattrs: new Map() },
  ])
  expect([ledger.get(1, 2), ledger.get(1, 3), ledger.get(1, 4)]).toEqual([
    { uid: 0, gid: 0, mode: 0o4755 },
    { uid: 0, gid: 0, xattrs },
    undefined,
  ])
  expect([...new Ledger(structuredClone([...ledger.rows()])).rows()]).toEqual([...ledger.rows()])
})
