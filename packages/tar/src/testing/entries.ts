import fc from 'fast-check'
import type { TarEntry } from '../entry.ts'

/** Reads a stream of bytes to its end. */
export async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of bytes) parts.push(part)
  return Buffer.concat(parts)
}

/** A stream of `bytes` in pieces of `length`. */
export async function* inPieces(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length)
}

export const metadata = { path: 'a', mode: 0o644, uid: 0, gid: 0, mtime: 0 } as const

const component = fc.oneof(
  fc.stringMatching(/^[a-z0-9._ -]{1,30}$/).filter((name) => name !== '.' && name !== '..'),
  fc.constantFrom('ü', '日本語', 'é'.repeat(60), 'x'.repeat(99), 'y'.repeat(150), '🧱'),
)

/** Clean relative paths, short and long. */
export const paths: fc.Arbitrary<string> = fc
  .array(component, { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join('/'))

const common = fc.record({
  path: paths,
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  gid: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 ** 32 - 1 })),
  mtime: fc.integer({ min: 0, max: 2 ** 34 }),
})

/** Any entry without extended attributes; files up to 2000 bytes. */
export const entries: fc.Arbitrary<TarEntry> = fc.oneof(
  fc
    .tuple(common, fc.integer({ min: 0, max: 2000 }))
    .map(([base, size]): TarEntry => ({ ...base, type: 'file', size })),
  common.map((base): TarEntry => ({ ...base, type: 'directory' })),
  common.map((base): TarEntry => ({ ...base, type: 'fifo' })),
  fc.tuple(common, paths).map(([base, target]): TarEntry => ({ ...base, type: 'symlink', target })),
  fc.tuple(common, paths).map(([base, target]): TarEntry => ({ ...base, type: 'hardlink', target })),
  fc
    .tuple(common, fc.constantFrom('block', 'character'), fc.nat(4095), fc.nat(100_000))
    .map(([base, kind, major, minor]): TarEntry => ({ ...base, type: 'device', kind, major, minor })),
)
