import { lstatSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TarEntry } from '@tsbuild/tar'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { materialize, type MaterializeOptions } from './materialize.ts'
import { loadSystemCalls } from './system-calls.ts'
import { dir, evil, layer } from '../testing/layers.ts'
import { owned } from '../testing/trees.ts'

const isRoot = process.geteuid?.() === 0
const needsRoot = isRoot ? '' : ' (skipped: needs root)'
const inPlace: MaterializeOptions = { overlay: 'none', chown: isRoot }

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'materialize-'))
})
afterEach(() => rmSync(root, { recursive: true }))

test.skipIf(!isRoot)(`capabilities arrive, attributes of overlayfs do not${needsRoot}`, async () => {
  const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex')
  const xattrs = new Map<string, Uint8Array>([
    ['security.capability', capability],
    ['trusted.overlay.redirect', Buffer.from('/etc')],
    ['user.overlay.opaque', Buffer.from('y')],
  ])
  await materialize(layer([{ ...evil('f'), xattrs }]), root, inPlace)
  expect([...(loadSystemCalls()?.getXattrs(join(root, 'f')) ?? [])]).toEqual([
    ['security.capability', Uint8Array.from(capability)],
  ])
})

/**
 * An access ACL of `rw-r-----` with the mask `rw-`, which lets user 1000 write; or one for what is
 * made in a directory.
 */
const acl = Buffer.from(
  ['02000000', '01000600ffffffff', '02000600e8030000', '04000400ffffffff', '10000600ffffffff', '20000000ffffffff'].join(
    '',
  ),
  'hex',
)
const attributesOf = (path: string): readonly string[] =>
  [...(loadSystemCalls()?.getXattrs(join(root, path)).keys() ?? [])].toSorted()

test.skipIf(!isRoot)(
  `a directory with a default ACL does not give it to what the layers have in it${needsRoot}`,
  async () => {
    const xattrs = new Map<string, Uint8Array>([
      ['system.posix_acl_default', acl],
      ['user.note', Buffer.from('x')],
    ])
    await materialize(layer([{ ...dir('d'), xattrs }, evil('d/one'), dir('d/sub')]), root, inPlace)
    await materialize(layer([evil('d/two'), dir('d/sub/deep')]), root, inPlace)
    for (const path of ['d/one', 'd/two', 'd/sub', 'd/sub/deep']) expect(attributesOf(path)).toEqual([])
    expect(attributesOf('d')).toEqual(['system.posix_acl_default', 'user.note'])
    await materialize(layer([dir('d')]), root, inPlace)
    expect(attributesOf('d')).toEqual([])
  },
)

test.skipIf(!isRoot)(`an ACL arrives, and the mode beside it counts${needsRoot}`, async () => {
  const xattrs = new Map<string, Uint8Array>([['system.posix_acl_access', acl]])
  await materialize(
    layer([
      { ...evil('f'), mode: 0o660, xattrs },
      { ...evil('g'), mode: 0o600, xattrs },
    ]),
    root,
    inPlace,
  )
  expect([attributesOf('f'), lstatSync(join(root, 'f')).mode & 0o7777]).toEqual([['system.posix_acl_access'], 0o660])
  expect(lstatSync(join(root, 'g')).mode & 0o7777).toBe(0o600)
})

test('without its ACL a file gives its group no more than the ACL did', async () => {
  const xattrs = new Map<string, Uint8Array>([['system.posix_acl_access', acl]])
  await materialize(
    layer([
      { ...evil('f'), mode: 0o2660, xattrs },
      { ...dir('d'), mode: 0o770, xattrs },
    ]),
    root,
    { ...inPlace, chown: false },
  )
  expect([attributesOf('f'), lstatSync(join(root, 'f')).mode & 0o7777]).toEqual([[], 0o2640])
  expect([attributesOf('d'), lstatSync(join(root, 'd')).mode & 0o7777]).toEqual([[], 0o740])
})

test('opened files can be used by their owner, set no ids, and leave to a ledger what else they are', async () => {
  const xattrs = new Map<string, Uint8Array>([
    ['security.capability', Buffer.from('0100000200040000000000000000000000000000', 'hex')],
    ['system.posix_acl_access', acl],
  ])
  const device = { ...owned, path: 'sub/null', type: 'device', kind: 'character', major: 1, minor: 3 } as const
  const pipe = { ...owned, path: 'sub/pipe', type: 'fifo', mode: 0o040 } as const
  const entries: readonly TarEntry[] = [
    { ...dir('sub'), mode: 0o2055 },
    { ...evil('sub/f'), mode: 0o6111, xattrs },
    device,
    pipe,
  ]
  const { refusedDevices } = await materialize(layer(entries), root, { overlay: 'none', chown: false, opened: true })
  expect(refusedDevices).toEqual(['sub/null'])
  const seen = ['sub', 'sub/f', 'sub/null', 'sub/pipe'].map((path) => {
    const stat = lstatSync(join(root, path))
    return [path, (stat.mode & 0o7777).toString(8), stat.isFile(), stat.uid, attributesOf(path)]
  })
  const me = process.geteuid?.()
  expect(seen).toEqual([
    ['sub', '755', false, me, []],
    ['sub/f', '711', true, me, []],
    ['sub/null', '755', true, me, []],
    ['sub/pipe', '640', false, me, []],
  ])
})
