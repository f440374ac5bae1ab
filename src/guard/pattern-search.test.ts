import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PatternSearch } from './pattern-search.ts'

const searchFor = (...texts: readonly string[]): PatternSearch =>
  new PatternSearch(texts.map((text) => ({ id: text, bytes: Buffer.from(text, 'latin1') })))

async function* cut(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0
  for (const size of [...sizes, bytes.length]) {
    yield bytes.subarray(at, at + size)
    at += size
  }
}

test('finds what indexOf finds, however the stream is cut', async () => {
  const letters = fc.stringMatching(/^[ab]{0,300}$/)
  const texts = fc.array(fc.stringMatching(/^[ab]{8,12}$/), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(letters, texts, fc.array(fc.nat(40)), async (haystack, needles, sizes) => {
      const search = searchFor(...needles)
      const present = needles.filter((needle) => haystack.includes(needle))
      const found = search.find(Buffer.from(haystack))
      expect(found === undefined).toBe(present.length === 0)
      if (found) expect(haystack.slice(found.start, found.end)).toBe(found.id)
      expect((await search.findIn(cut(Buffer.from(haystack), sizes))) === undefined).toBe(present.length === 0)
    }),
  )
})

test.for([0, 1, 29, (1 << 18) - 30, (1 << 18) - 15, (1 << 18) - 1, 1 << 18, (1 << 20) + 7])(
  'finds a text at byte %d of a long stream',
  async (at) => {
    const needle = 'the needle of thirty characters'
    const haystack = Buffer.alloc((1 << 20) + 100, 'x')
    haystack.write(needle, at)
    expect(await searchFor(needle, 'another one').findIn(cut(haystack, [1000, 1, 70_000, 1 << 19]))).toBe(needle)
    haystack.write('X', at + 30)
    expect(await searchFor(needle).findIn(cut(haystack, [1000]))).toBeUndefined()
  },
)

test('texts longer than the table is deep, and than a window', async () => {
  const long = Buffer.from(Array.from({ length: 400_000 }, (_, index) => (index * index) % 251))
  const search = new PatternSearch([{ id: 'long', bytes: long }])
  const haystack = Buffer.concat([Buffer.alloc(300_000, 1), long, Buffer.alloc(10)])
  expect(await search.findIn(cut(haystack, [65_536, 65_536]))).toBe('long')
  haystack[300_000 + 399_999] = 252
  expect(await search.findIn(cut(haystack, []))).toBeUndefined()
})

test('masks every text', () => {
  expect(searchFor('password', 'other-secret').mask('a/password/other-secret-passwordpassword')).toBe(
    'a/***/***-******',
  )
  expect(searchFor('password').mask('nothing')).toBe('nothing')
})
