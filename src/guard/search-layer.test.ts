import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { type Header, pack } from 'tar-stream'
import { PatternSearch } from './pattern-search.ts'
import { searchLayer } from './search-layer.ts'

const search = new PatternSearch([{ id: 'token', bytes: Buffer.from('a-long-secret') }])

async function* tarOf(header: Partial<Header> & Pick<Header, 'name'>, content = ''): AsyncGenerator<Uint8Array> {
  const archive = pack()
  archive.entry({ name: 'before', mtime: new Date(0) }, 'a-long-')
  archive.entry({ mtime: new Date(0), ...header }, content)
  archive.entry({ name: 'after', mtime: new Date(0) }, 'secret')
  archive.finalize()
  yield await buffer(archive)
}

test.for<[string, Partial<Header> & Pick<Header, 'name'>, string, unknown]>([
  ['content', { name: 'a/b' }, `${'x'.repeat(70_000)}a-long-secret`, { path: 'a/b', where: 'content' }],
  [
    'a name that is cut in two by the header',
    { name: `${'d/'.repeat(45)}a-long-secret${'/e'.repeat(20)}` },
    '',
    { where: 'name' },
  ],
  [
    'a link target',
    { name: 'l', type: 'symlink', linkname: '/a-long-secret' },
    '',
    { path: 'l', where: 'link target' },
  ],
  [
    'the value of an extended attribute',
    { name: 'x', pax: { 'SCHILY.xattr.user.k': 'is a-long-secret' } },
    '',
    { path: 'x', where: 'extended attribute' },
  ],
  [
    'the name of an extended attribute',
    { name: 'x', pax: { 'SCHILY.xattr.user.a-long-secret': '1' } },
    '',
    { where: 'extended attribute' },
  ],
])('%s', async ([, header, content, hit]) => {
  const found = await searchLayer(tarOf(header, content), search)
  expect(found).toMatchObject({ id: 'token', ...Object(hit) })
  expect(found?.path).not.toContain('a-long-secret')
})

test('two files that have half of it each', async () => {
  expect(await searchLayer(tarOf({ name: 'clean' }, 'nothing'), search)).toBeUndefined()
})
