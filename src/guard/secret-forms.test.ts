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

test('hexadecimal digits, UTF-16 and JSON', () => {
  const text = 'a "b"\\c/<d>&\te'
  const found = (haystack: Buffer | string): boolean =>
    listForms(Buffer.from(`${text}\n`)).some((form) => Buffer.from(haystack).includes(form))
  for (const digits of [Buffer.from(text).toString('hex'), Buffer.from(text).toString('hex').toUpperCase()])
    expect(found(`x${digits}x`)).toBe(true)
  expect(found(Buffer.from(`\ufeffx${text}x`, 'utf16le'))).toBe(true)
  expect(found(Buffer.from(`\ufeffx${text}x`, 'utf16le').swap16())).toBe(true)
  expect(found(JSON.stringify({ key: `in ${text}` }))).toBe(true)
  expect(found(String.raw`{"key":"a \"b\"\\c\/<d>&\te"}`)).toBe(true)
  expect(found(String.raw`{"key":"a \"b\"\\c/\u003cd\u003e\u0026\te"}`)).toBe(true)
  expect(found('a "b" c/<d>&\te')).toBe(false)
})

test('base64 in lines, as base64(1) and PEM write it', () => {
  const key = Buffer.from(Array.from({ length: 400 }, (_, index) => (index * 7) % 256))
  const found = (haystack: string): boolean => listForms(key).some((form) => Buffer.from(haystack).includes(form))
  for (const length of [76, 64])
    for (const end of ['\n', '\r\n'])
      expect(
        found(`begin${end}${key.toString('base64').replaceAll(new RegExp(`.{${length}}`, 'g'), `$&${end}`)}`),
      ).toBe(true)
  expect(found(key.toString('base64').replaceAll(/.{70}/g, '$&\n'))).toBe(false)
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
