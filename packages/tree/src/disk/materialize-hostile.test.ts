import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { materialize, type MaterializeOptions } from './materialize.ts'
import { dir, evil, layer, link, mark } from '../testing/layers.ts'

const isRoot = process.geteuid?.() === 0
const inPlace: MaterializeOptions = { overlay: 'none', chown: isRoot }

let base = ''
let root = ''
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'materialize-'))
  root = join(base, 'root')
  mkdirSync(root)
})
afterEach(() => rmSync(base, { recursive: true }))

test.each([
  ['a name that climbs out', [evil('../canary')], 'LAYER_PATH_ESCAPE'],
  ['a name that climbs out of a directory', [dir('d'), evil('d/../../canary')], 'LAYER_PATH_ESCAPE'],
  ['a hard link to the outside', [link('l', '../canary', 'hardlink'), evil('l')], 'LAYER_PATH_ESCAPE'],
  [
    'a hard link through a symlink to the outside',
    [link('s', '..'), link('l', 's/canary', 'hardlink'), evil('l')],
    'LINK_TARGET_MISSING',
  ],
  ['a file through a symlink', [link('s', '..'), evil('s/canary')], undefined],
  ['a file through an absolute symlink', [link('s', 'BASE'), evil('s/canary')], undefined],
  ['a file through a chain of symlinks', [link('s', '..'), link('t', 's'), evil('t/canary')], undefined],
  ['a file over a symlink', [link('s', '../canary'), evil('s')], undefined],
  ['a hard link to a symlink, then a file', [link('s', '../canary'), link('l', 's', 'hardlink'), evil('l')], undefined],
  ['a directory over a symlink to one', [link('s', '..'), dir('s'), evil('s/canary')], undefined],
  ['a whiteout through a symlink', [link('s', '..'), mark('s/.wh.canary')], undefined],
  ['an opaque mark through a symlink', [link('s', '..'), mark('s/.wh..wh..opq')], undefined],
  ['a whiteout that climbs out', [mark('.wh...')], 'LAYER_PATH_ESCAPE'],
  ['a directory that becomes a symlink', [dir('d'), evil('d/x'), link('d', '..'), evil('d/canary')], undefined],
] as const)('%s writes nothing outside', async (_, entries, code) => {
  writeFileSync(join(base, 'canary'), 'alive')
  const placed = entries.map((entry) =>
    'target' in entry && entry.target === 'BASE' ? { ...entry, target: base } : entry,
  )
  for (const overlay of isRoot ? (['none', 'trusted'] as const) : (['none'] as const)) {
    rmSync(root, { recursive: true })
    mkdirSync(root)
    const outcome = materialize(layer(placed), root, { ...inPlace, overlay })
    await (code === undefined
      ? expect(outcome).resolves.toBeDefined()
      : expect(outcome).rejects.toMatchObject({ code }))
    expect(readFileSync(join(base, 'canary'), 'utf8')).toBe('alive')
    expect(readdirSync(base).sort()).toEqual(['canary', 'root'])
  }
})

test('symlinks that earlier layers left are not followed either', async () => {
  writeFileSync(join(base, 'canary'), 'alive')
  symlinkSync('..', join(root, 's'))
  await materialize(layer([evil('s/canary'), mark('s/.wh.other')]), root, inPlace)
  expect(readFileSync(join(base, 'canary'), 'utf8')).toBe('alive')
  expect(readFileSync(join(root, 's/canary'), 'utf8')).toBe('evil')
})
