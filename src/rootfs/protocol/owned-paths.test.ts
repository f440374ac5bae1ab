import { execFileSync } from 'node:child_process'
import { lstatSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { applyDiff, contentOf, diffOfTree, type Entry, materialize, packDiff, scan } from '@tsbuild/tree'
import { expect, test } from 'vitest'
import { ownedDiff } from '../changes/ledger-owners.ts'
import { ownedPaths, seededLedger } from './owned-paths.ts'
import { directory, file, makeStore, set } from '../testing/rootfs.ts'

const capability = new Map([['security.capability', Buffer.from('0100000200040000000000000000000000000000', 'hex')]])
const acl = Buffer.from(
  ['02000000', '01000600ffffffff', '02000600e8030000', '04000400ffffffff', '10000600ffffffff', '20000000ffffffff'].join(
    '',
  ),
  'hex',
)

/** Trees that only root can put on a disk, and trees that any user can. */
const everything: Readonly<Record<string, Entry>> = {
  etc: directory(),
  'etc/shadow': file('secret', { mode: 0o640, gid: 42 }),
  'etc/sudoers': file('root', { mode: 0o440 }),
  bin: { ...directory(), mode: 0o555 },
  'bin/su': file('su', { mode: 0o4755 }),
  'bin/ping': file('ping', { xattrs: capability }),
  'bin/ping6': { ...directory(), type: 'hardlink', target: 'bin/ping', xattrs: capability },
  'bin/note': file('note', { xattrs: new Map([['user.note', Buffer.from('x')]]) }),
  dev: directory(),
  'dev/null': { ...directory(), mode: 0o666, type: 'device', kind: 'character', major: 1, minor: 3 },
  'dev/pipe': { ...directory(), mode: 0o20, uid: 5, type: 'fifo' },
  home: { ...directory(), mode: 0o2750, uid: 1000, gid: 1000, xattrs: new Map([['system.posix_acl_default', acl]]) },
  'home/link': { ...directory(), mode: 0o777, uid: 1000, gid: 1000, type: 'symlink', target: '/etc' },
  'home/shared': file('shared', { mode: 0o660, xattrs: new Map([['system.posix_acl_access', acl]]) }),
  locked: { ...directory(), mode: 0 },
  'locked/empty': { ...file('', { mode: 0 }), type: 'file', content: contentOf('') },
  tmp: { ...directory(), mode: 0o1777 },
}

test('what an ordinary user unpacked is with its ledger what root would have unpacked', async () => {
  const { store, directory: home } = await makeStore()
  const layer = store.fromDiff(set(everything), { type: 'none' })
  const rootfs = mkdtempSync(join(home, 'tree-'))
  await materialize(
    packDiff(await layer.diff(), () => undefined),
    rootfs,
    { overlay: 'none', chown: false, opened: true },
  )
  // Files of an ordinary user belong to that one.
  if (process.geteuid?.() === 0) execFileSync('chown', ['-hR', '1234:1234', rootfs])
  const ledger = seededLedger(rootfs, await ownedPaths([layer], 'all'))
  const found = await scan(rootfs, { xattrs: true })
  const inodeOf = (path: string) => lstatSync(join(rootfs, path))
  const known = [...ownedDiff(diffOfTree(found), ledger, inodeOf)].filter(([path]) => path !== '')
  const expected = applyDiff(new Map(), set(everything))
  for (const [path, change] of known)
    expect({ path, ...metadata(change.type === 'set' ? change.entry : undefined) }).toEqual({
      path,
      ...metadata(expected.get(path)),
    })
  expect(known.map(([path]) => path)).toEqual([...expected.keys()].filter((path) => path !== ''))
  rmSync(home, { recursive: true })
})

/** All of an entry but its content and the attributes of this machine. */
function metadata(entry: Entry | undefined): object {
  if (entry === undefined) return {}
  const { xattrs, ...rest } = entry
  const kept = [...(xattrs ?? [])].filter(([name]) => !name.startsWith('security.') || name === 'security.capability')
  return {
    ...rest,
    content: rest.type === 'file' ? rest.content.size : undefined,
    xattrs: Object.fromEntries(kept.map(([name, value]) => [name, [...value]])),
  }
}
