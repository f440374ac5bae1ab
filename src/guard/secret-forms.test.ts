import { expect, test } from 'vitest'
import { listForms, leastSecret } from './secret-forms.ts'

const secret = Buffer.from('p4ss?w0rd~ with/+ÿ')

function isFound(haystack: Buffer | string): boolean {
  const bytes = Buffer.from(haystack)
  return listForms(secret).some((form) => bytes.includes(form))
}

test.for([0, 1, 2, 3, 4, 5])(
  'base64 behind %d bytes and before others, in both alphabets, with padding and without',
  (before) => {
    for (const after of [0, 1, 2, 3]) {
      const text = Buffer.concat([Buffer.alloc(before, 0xfb), secret, Buffer.alloc(after, 0xff)])
      expect(isFound(text.toString('base64'))).toBe(true)
      expect(isFound(text.toString('base64').replace(/=+$/, ''))).toBe(true)
      expect(isFound(text.toString('base64url'))).toBe(true)
    }
  },
)

test('URL encodings, with digits of both cases', () => {
  const text = secret.toString()
  const forms = [encodeURIComponent(text), new URLSearchParams({ text }).toString()]
  for (const form of forms) {
    expect(isFound(`x=${form}&y`)).toBe(true)
    expect(isFound(`x=${form.replaceAll(/%../g, (escape) => escape.toLowerCase())}&y`)).toBe(true)
  }
  expect(isFound(text.replaceAll(' ', '%20'))).toBe(false)
})

test('line ends at the end of a secret are not part of it, others are', () => {
  expect(listForms(Buffer.from('0123456789\r\n\n'))).toEqual(listForms(Buffer.from('0123456789')))
  expect(listForms(Buffer.from('0123\n456789'))[0]?.toString()).toBe('0123\n456789')
})

test('a value that is too short has no forms', () => {
  expect(listForms(Buffer.from('1234567\n'))).toEqual([])
  expect(listForms(Buffer.alloc(leastSecret, 'a')).length).toBeGreaterThan(3)
  expect(listForms(Buffer.alloc(0))).toEqual([])
})

test('bytes that are no text', () => {
  const forms = listForms(Buffer.from([0, 255, 1, 254, 2, 253, 3, 252]))
  expect(forms.map(String)).toContain('%00%FF%01%FE%02%FD%03%FC')
})
