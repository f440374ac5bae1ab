import { execFileSync, spawnSync } from 'node:child_process'
import {
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { applyDiff } from '../model/apply-diff.ts'
import type { Entry, Path } from '../model/entry.ts'
import { listingDigest } from '../model/listing-digest.ts'
import { packDiff } from '../tar/pack-diff.ts'
import { directory, file, setAll, symlink, treeOf } from '../testing/trees.ts'
import { materialize } from './materialize.ts'
import { reflinkDirectory } from './reflink.ts'
import { scan } from './scan.ts'

const acl = Buffer.from(
  ['02000000', '01000600ffffffff', '02000600e8030000', '04000400ffffffff', '10000600ffffffff', '20000000ffffffff'].join(
    '',
  ),
  'hex',
)
const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex')
const owned = { mode: 0o640, uid: 5, gid: 6, mtime: 7 } as const

const entries: Readonly<Record<Path, Entry>> = {
  dir: { ...directory({ mode: 0o2550, uid: 1000 }), xattrs: new Map([['system.posix_acl_default', acl]]) },
  'dir/one': { ...file('one', { mode: 0o4755 }), uid: 3 },
  'dir/two': { ...owned, mode: 0o4755, uid: 3, gid: 0, type: 'hardlink', target: 'dir/one' },
  'dir/ping': { ...file('ping'), xattrs: new Map([['security.capability', capability]]) },
  'dir/shared': { ...file('shared', { mode: 0o660 }), xattrs: new Map([['system.posix_acl_access', acl]]) },
  link: symlink('/nowhere'),
  null: { ...owned, type: 'device', kind: 'character', major: 1, minor: 3 },
  pipe: { ...owned, type: 'fifo' },
  'not UTF-8: \udcff': file('x'),
  big: file('x'.repeat(3_000_000)),
}

describe('on a file system with reflinks (skipped without root, mkfs.btrfs, loop devices and btrfs in the kernel)', () => {
  const home = mkdtempSync(join(tmpdir(), 'reflink-'))
  const at = (name: string): string => join(home, 'mount', name)
  const isMounted = mountBtrfs(home)

  beforeAll(async () => {
    if (!isMounted) return
    mkdirSync(at('from'))
    await materialize(
      packDiff(setAll(treeOf(entries)), () => {}),
      at('from'),
      { overlay: 'none', chown: true },
    )
  })
  afterAll(() => {
    if (isMounted) execFileSync('umount', [join(home, 'mount')])
    rmSync(home, { recursive: true })
  })

  test.skipIf(!isMounted)('a copy has everything that the directory has', async () => {
    expect(await reflinkDirectory(at('from'), at('to'), { chown: true })).toBe(true)
    const options = { xattrs: true, names: 'keep', digests: true } as const
    const [from, to] = [await scan(at('from'), options), await scan(at('to'), options)]
    expect(listingDigest(to)).toBe(listingDigest(applyDiff(new Map(), setAll(treeOf(entries)))))
    expect([...to].map(([path, { mtime }]) => [path, mtime])).toEqual(
      [...from].map(([path, { mtime }]) => [path, mtime]),
    )
    expect(lstatSync(at('to/dir/two')).nlink).toBe(2)
  })

  test.skipIf(!isMounted)('writing to the copy, its mode and its names leave the directory alone', async () => {
    expect(await reflinkDirectory(at('from'), at('edited'), { chown: true })).toBe(true)
    const fd = openSync(at('edited/big'), 'r+')
    writeSync(fd, 'y', 1_000_000)
    closeSync(fd)
    linkSync(at('edited/big'), at('edited/other'))
    const big = readFileSync(at('from/big'), 'utf8')
    expect([
      big.includes('y'),
      lstatSync(at('from/big')).nlink,
      readFileSync(at('edited/big'), 'utf8').indexOf('y'),
    ]).toEqual([false, 1, 1_000_000])
  })
})

test('a file system without reflinks is no error', async () => {
  const home = mkdtempSync('/dev/shm/reflink-')
  mkdirSync(join(home, 'from'))
  writeFileSync(join(home, 'from/file'), 'x')
  expect(await reflinkDirectory(join(home, 'from'), join(home, 'to'), { chown: false })).toBe(false)
  rmSync(home, { recursive: true })
})

function mountBtrfs(home: string): boolean {
  const [image, target] = [join(home, 'image'), join(home, 'mount')]
  mkdirSync(target)
  if (process.geteuid?.() !== 0 || spawnSync('mkfs.btrfs', ['--version']).status !== 0) return false
  execFileSync('truncate', ['-s', '200M', image])
  execFileSync('mkfs.btrfs', ['-q', image])
  return spawnSync('mount', ['-o', 'loop', image, target]).status === 0
}
