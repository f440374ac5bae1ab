import { expect, test } from 'vitest'
import { readIdMaps } from './id-map.ts'

const user = { uid: 1000, gid: 1000, name: 'bob' }

test('the caller is root, subordinate ids follow, by name or number', () => {
  const files: Readonly<Record<string, string>> = {
    '/etc/subuid': 'alice:1:2\nbob:100000:65000\n1000:300000:1000\nbob:bad:1\n',
    '/etc/subgid': 'bob:200000:65536\n',
  }
  expect(readIdMaps((path) => files[path] ?? '', user)).toEqual({
    uids: [
      { inside: 0, outside: 1000, size: 1 },
      { inside: 1, outside: 100000, size: 65000 },
      { inside: 65001, outside: 300000, size: 1000 },
    ],
    gids: [
      { inside: 0, outside: 1000, size: 1 },
      { inside: 1, outside: 200000, size: 65536 },
    ],
  })
})

test('root keeps every id that there is', () => {
  const files: Readonly<Record<string, string>> = {
    '/proc/self/uid_map': '         0          0 4294967295\n',
    '/proc/self/gid_map': '         0     100000       60000\n     60000       5000     6000\n',
  }
  expect(readIdMaps((path) => files[path] ?? '', { uid: 0, gid: 0, name: 'root' })).toEqual({
    uids: [{ inside: 0, outside: 0, size: 4294967295 }],
    gids: [
      { inside: 0, outside: 0, size: 60000 },
      { inside: 60000, outside: 60000, size: 6000 },
    ],
  })
})

test('root of a user namespace with few ids is refused', () => {
  const one = { uid: 0, gid: 0, name: 'root' }
  expect(() => readIdMaps(() => '         0       1000          1\n', one)).toThrow(
    'this user namespace has 1 ids, fewer than 65536',
  )
})

test('too few ids are refused with what to do', () => {
  expect(() => readIdMaps(() => 'bob:100000:100\n', user)).toThrow(
    expect.objectContaining({
      code: 'RUNG_UNAVAILABLE',
      hint: 'as root: usermod --add-subuids 100100-165635 --add-subgids 100100-165635 bob',
      message: expect.stringContaining('100 ids'),
    }),
  )
  // Ids of others are not offered again.
  const files: Readonly<Record<string, string>> = {
    '/etc/subuid': 'alice:100000:65536\n',
    '/etc/subgid': 'alice:100000:65536\ncarol:165536:65536',
  }
  expect(() => readIdMaps((path) => files[path] ?? '', user)).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('--add-subuids 231072-296607 ') }),
  )
  expect(() => readIdMaps(() => '', user)).toThrow(
    expect.objectContaining({ hint: expect.stringContaining('--add-subuids 100000-165535 ') }),
  )
})
