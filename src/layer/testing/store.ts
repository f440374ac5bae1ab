import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Change, contentOf, type Entry, type Path } from '@tsbuild/tree'
import { type TestAPI, test as plainTest } from 'vitest'
import type { Layer } from '../layer.ts'
import { LayerStore } from '../layer-store.ts'

/** Vitest's `test` with an empty directory and an empty store of its own. */
export const test: TestAPI<{ readonly directory: string; readonly store: LayerStore }> = plainTest.extend<{
  readonly directory: string
  readonly store: LayerStore
}>({
  directory: async ({ task: _task }, use) => {
    const directory = await mkdtemp(join(tmpdir(), 'tsbuild-unit-'))
    await use(directory)
    await rm(directory, { recursive: true, force: true })
  },
  store: async ({ directory }, use) => use(await LayerStore.open(join(directory, 'store'))),
})

const owned = { uid: 0, gid: 0, mtime: 1_000_000_000 }

/** A file, 0644 unless `metadata` says otherwise. */
export function file(
  text: string,
  metadata: { readonly mode?: number; readonly uid?: number; readonly mtime?: number } = {},
): Entry {
  return { ...owned, mode: 0o644, ...metadata, type: 'file', content: contentOf(Buffer.from(text)) }
}

/** A directory, 0755 unless another mode is given. */
export function folder(mode = 0o755): Entry {
  return { ...owned, type: 'directory', mode }
}

/** A symlink to any text. */
export function symlinkTo(target: string): Entry {
  return { ...owned, type: 'symlink', mode: 0o777, target }
}

/** A further name of the file at `target`. */
export function hardlinkTo(target: Path): Entry {
  return { ...owned, type: 'hardlink', mode: 0o644, target }
}

/** A layer of these entries. */
export function layerOf(store: LayerStore, entries: Readonly<Record<Path, Entry>>): Layer {
  const changes = Object.entries(entries).map(([path, entry]): [Path, Change] => [path, { type: 'set', entry }])
  return store.fromDiff(new Map(changes), { type: 'gzip' })
}

/** The bytes as a stream of one chunk. */
export async function* streamOf(bytes: Uint8Array | string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(bytes)
}
