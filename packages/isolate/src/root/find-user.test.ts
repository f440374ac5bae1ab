import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { findUser } from './find-user.ts'

const rootfs = mkdtempSync(join(tmpdir(), 'users-'))
afterAll(() => rmSync(rootfs, { recursive: true }))
mkdirSync(join(rootfs, 'etc'))
writeFileSync(
  join(rootfs, 'etc/passwd'),
  'root:x:0:0:root:/root:/bin/sh\nbob:x:1000:1001:Bob:/home/bob:/bin/sh\nbroken line\nnohome:x:7:7:::\n',
)
writeFileSync(join(rootfs, 'etc/group'), 'root:x:0:root\nbob:x:1001:\nstaff:x:50:alice,bob\nwheel:x:10:root,bob\n')

test.each([
  ['', 0, 0, [0, 10], '/root'],
  ['root', 0, 0, [0, 10], '/root'],
  ['0', 0, 0, [0, 10], '/root'],
  ['bob', 1000, 1001, [1001, 50, 10], '/home/bob'],
  ['1000', 1000, 1001, [1001, 50, 10], '/home/bob'],
  ['bob:staff', 1000, 50, [50], '/home/bob'],
  ['bob:77', 1000, 77, [77], '/home/bob'],
  ['1234', 1234, 0, [0], '/'],
  ['1234:5', 1234, 5, [5], '/'],
  ['nohome', 7, 7, [7], '/'],
])('user "%s"', (text, uid, gid, groups, home) => {
  expect(findUser(rootfs, text)).toEqual({ uid, gid, groups, home })
})

test.each([
  ['ghost', 'unable to find user ghost: no matching entries in passwd file'],
  ['bob:ghosts', 'unable to find group ghosts: no matching entries in group file'],
  ['bob:2:3', 'unable to find group 2:3: no matching entries in group file'],
  ['99999999999', 'unable to find user 99999999999: no matching entries in passwd file'],
])('user "%s" is refused', (text, message) => {
  expect(() => findUser(rootfs, text)).toThrow(expect.objectContaining({ code: 'USER_NOT_FOUND', message }))
})

test('a passwd file that is a link out of the root is looked for inside', () => {
  const other = mkdtempSync(join(tmpdir(), 'users-'))
  mkdirSync(join(other, 'etc'))
  symlinkSync('/../../../../../etc/hostname', join(other, 'etc/passwd'))
  expect(findUser(other, '0')).toEqual({ uid: 0, gid: 0, groups: [0], home: '/' })
  rmSync(other, { recursive: true })
})
