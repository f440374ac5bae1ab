import { type TarEntry, writeTar } from '@tsbuild/tar'
import { owned } from './trees.ts'

/** A layer of entries that need not make sense. */
export function layer(entries: readonly TarEntry[]): AsyncIterable<Uint8Array> {
  async function* text(): AsyncGenerator<Uint8Array, void, undefined> {
    yield Buffer.from('evil')
  }
  return writeTar(
    entries.map((entry) => (entry.type === 'file' && entry.size > 0 ? { entry, body: text() } : { entry })),
  )
}

export const evil = (path: string): TarEntry => ({ ...owned, path, type: 'file', size: 4 })
export const link = (path: string, target: string, type: 'symlink' | 'hardlink' = 'symlink'): TarEntry => ({
  ...owned,
  path,
  type,
  target,
})
export const dir = (path: string): TarEntry => ({ ...owned, path, type: 'directory' })
export const mark = (path: string): TarEntry => ({ ...owned, path, type: 'file', size: 0 })
