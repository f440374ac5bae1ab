import { expect, test } from 'vitest'
import { framingOf, parseHead } from './response-head.ts'

function parse(text: string): ReturnType<typeof parseHead> {
  return parseHead(Buffer.from(text, 'latin1'))
}

test('a head is complete with its blank line', () => {
  const text = 'HTTP/1.1 200 OK\r\nContent-Length:  5 \r\nX-A: 1\r\nx-a: 2\r\n\r\nhello'
  for (let length = 0; length < text.length - 5; length++) expect(parse(text.slice(0, length))).toBeUndefined()
  const head = parse(text)
  expect(head).toMatchObject({ status: 200, size: text.length - 5 })
  expect([head?.headers.get('content-length'), head?.headers.get('x-a')]).toEqual(['5', '1, 2'])
  expect(parse('HTTP/1.0 404\r\n\r\n')?.status).toBe(404)
})

test.each([
  'HTTP/2 200 OK\r\n\r\n',
  'SSH-2.0-OpenSSH\r\n\r\n',
  'HTTP/1.1 20 OK\r\n\r\n',
  'HTTP/1.1 200 OK\r\nno colon\r\n\r\n',
  'HTTP/1.1 200 OK\r\na: b\r\n folded\r\n\r\n',
  'HTTP/1.1 200 OK\r\na : b\r\n\r\n',
  'HTTP/1.1 200 OK\r\na: b\0\r\n\r\n',
])('refuses %j', (text) => {
  expect(() => parse(text)).toThrow()
})

test('refuses a head that is too long', () => {
  expect(() => parse(`HTTP/1.1 200 OK\r\na: ${'b'.repeat(70_000)}`)).toThrow('too long')
})

test.each([
  ['content-length: 12', 12],
  ['transfer-encoding: Chunked', 'chunked'],
  ['x: y', 'close'],
])('%s is framing %s', (line, framing) => {
  const head = parse(`HTTP/1.1 200 OK\r\n${line}\r\n\r\n`)
  expect(head && framingOf(head)).toBe(framing)
})

test.each([
  'content-length: -1',
  'content-length: 5\r\ncontent-length: 5',
  'content-length: 0x5',
  'transfer-encoding: gzip, chunked',
  'transfer-encoding: chunked\r\ncontent-length: 5',
])('refuses the framing %j', (lines) => {
  const head = parse(`HTTP/1.1 200 OK\r\n${lines}\r\n\r\n`)
  expect(() => head && framingOf(head)).toThrow()
})
