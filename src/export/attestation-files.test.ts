import { digestOf, hexOf } from '@tsbuild/oci'
import type { Change, Diff, Entry, Path } from '@tsbuild/tree'
import { expect, test } from 'vitest'
import { file, folder, hardlinkTo, symlinkTo } from '../layer/testing/store.ts'
import { attestationFiles } from './attestation-files.ts'

const plain = { prefix: '', suffix: '' }
const statement = { predicateType: 'https://example.test/p', predicate: { a: 1 }, filename: 'p.json' }
const sha256 = (text: string) => ({ sha256: hexOf(digestOf(Buffer.from(text))) })

function diffOf(entries: Readonly<Record<Path, Entry>>): Diff {
  return new Map(Object.entries(entries).map(([path, entry]): [Path, Change] => [path, { type: 'set', entry }]))
}

test('every regular file is a subject, also under a second name; links and directories are not', async () => {
  const result = diffOf({
    d: folder(),
    'd/f': file('x'),
    b: hardlinkTo('d/f'),
    l: symlinkTo('d/f'),
    c: hardlinkTo('e'),
    e: hardlinkTo('c'),
  })
  const files = await attestationFiles(result, [statement], plain)
  const change = files.get('p.json')
  if (change?.type !== 'set' || change.entry.type !== 'file') throw new Error('no file')
  expect(change.entry.mode).toBe(0o600)
  const text = Buffer.concat(await Array.fromAsync(change.entry.content.open())).toString()
  expect(JSON.parse(text)).toEqual({
    _type: 'https://in-toto.io/Statement/v1',
    predicateType: 'https://example.test/p',
    subject: [
      { name: 'b', digest: sha256('x') },
      { name: 'd/f', digest: sha256('x') },
    ],
    predicate: { a: 1 },
  })
  expect(text).toContain('\n  "predicateType"')
})

test('names get a prefix, and a suffix before the extension; directories of a name do not count', async () => {
  const files = await attestationFiles(diffOf({}), [{ ...statement, filename: '/out/p.spdx.json' }], {
    prefix: 'a-',
    suffix: '.linux_amd64',
  })
  expect([...files.keys()]).toEqual(['a-p.spdx.linux_amd64.json'])
})

test('a name that is taken, twice there, or leads elsewhere is refused', async () => {
  const conflict = { code: 'OUTPUT_CONFLICT' }
  await expect(attestationFiles(diffOf({ 'p.json': file('x') }), [statement], plain)).rejects.toMatchObject(conflict)
  await expect(attestationFiles(diffOf({}), [statement, statement], plain)).rejects.toMatchObject(conflict)
  for (const filename of ['..', '.', '', 'a\0b']) {
    await expect(attestationFiles(diffOf({}), [{ ...statement, filename }], plain)).rejects.toMatchObject(conflict)
  }
  await expect(attestationFiles(diffOf({}), [statement], { prefix: '../', suffix: '' })).rejects.toMatchObject(conflict)
})
