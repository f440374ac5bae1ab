import { expect, test } from 'vitest'
import { encodeHeader } from './encode-header.ts'
import type { TarEntry } from './entry.ts'
import { metadata } from './testing/entries.ts'

const file: TarEntry = { ...metadata, type: 'file', size: 0 }

test('an ordinary entry is one block, its directory name ends in a slash', () => {
  const block = Buffer.from(encodeHeader({ ...metadata, path: 'usr/bin', type: 'directory' }))
  expect(block).toHaveLength(512)
  expect(block.toString('latin1', 0, 9)).toBe('usr/bin/\0')
  expect(block.toString('latin1', 257, 265)).toBe('ustar\u000000')
  expect(block.subarray(265, 329).every((byte) => byte === 0)).toBe(true)
})

test.each([
  ['a path of 100', { ...file, path: 'p'.repeat(100) }, 512],
  ['a path that splits', { ...file, path: `${'d'.repeat(120)}/${'f'.repeat(90)}` }, 512],
  ['a path of 101 without slash', { ...file, path: 'p'.repeat(101) }, 1536],
  ['a last component beyond 100', { ...file, path: `d/${'f'.repeat(101)}` }, 1536],
  ['a non-ASCII path', { ...file, path: 'ü' }, 1536],
  ['a link of 100', { ...file, type: 'symlink', target: 't'.repeat(100) }, 512],
  ['a link of 101', { ...file, type: 'symlink', target: 't'.repeat(101) }, 1536],
  ['an id of 2097151', { ...file, uid: 2_097_151 }, 512],
  ['an id of 2097152', { ...file, uid: 2_097_152 }, 1536],
  ['a size of 8 GiB - 1', { ...file, size: 2 ** 33 - 1 }, 512],
  ['a size of 8 GiB', { ...file, size: 2 ** 33 }, 1536],
] as const)('%s', (_, entry, length) => {
  expect(encodeHeader(entry)).toHaveLength(length)
})

test.each([
  ['a NUL in the path', { ...file, path: 'a\0b' }],
  ['no path', { ...file, path: '' }],
  ['a negative size', { ...file, size: -1 }],
  ['a fraction of a second', { ...file, mtime: 0.5 }],
  ['a mode with type bits', { ...file, mode: 0o100644 }],
  ['an attribute name with =', { ...file, xattrs: new Map([['a=b', new Uint8Array(1)]]) }],
] as const)('refuses %s', (_, entry) => {
  expect(() => encodeHeader(entry)).toThrow(expect.objectContaining({ code: 'TAR_INVALID' }))
})
