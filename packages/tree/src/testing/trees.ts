import fc from 'fast-check'
import type { Change } from '../model/diff.ts'
import type { Entry, Path } from '../model/entry.ts'
import { contentOf } from '../model/memory-content.ts'
import { comparePaths, joinPath, parentOf } from '../model/path.ts'
import type { Tree } from '../model/tree.ts'

export const owned = { mode: 0o755, uid: 0, gid: 0, mtime: 7 } as const

export function file(text: string, metadata: Partial<typeof owned> | { readonly mode: number } = {}): Entry {
  return { ...owned, mode: 0o644, ...metadata, type: 'file', content: contentOf(text) }
}

export function directory(
  metadata: { readonly mode?: number; readonly uid?: number; readonly gid?: number; readonly mtime?: number } = {},
): Entry {
  return { ...owned, ...metadata, type: 'directory' }
}

export function symlink(target: string): Entry {
  return { ...owned, mode: 0o777, type: 'symlink', target }
}

/** A tree of the entries, with the root and all parents. */
export function treeOf(entries: Readonly<Record<Path, Entry>>): Tree {
  const tree = new Map<Path, Entry>([['', directory()]])
  for (const [path, entry] of Object.entries(entries)) {
    for (let above = parentOf(path); above !== ''; above = parentOf(above))
      if (!(above in entries)) tree.set(above, directory())
    tree.set(path, entry)
  }
  return new Map([...tree].sort(([a], [b]) => comparePaths(a, b)))
}

export { diffOfTree as setAll } from '../model/diff-of-tree.ts'

/** Comparable form: contents become the digest and size of their text. */
export function plain(map: ReadonlyMap<Path, Change | Entry>): unknown {
  const simple = (entry: Entry): unknown =>
    entry.type === 'file' ? { ...entry, content: { size: entry.content.size, digest: entry.content.digest } } : entry
  const sorted = [...map].sort(([a], [b]) => comparePaths(a, b))
  return sorted.map(([path, item]) => [
    path,
    item.type === 'set' ? { ...item, entry: simple(item.entry) } : item.type === 'remove' ? item : simple(item),
  ])
}

export async function collect(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(bytes))
}

const name = fc.constantFrom('a', 'b', 'c.d', 'é', '\uffee', '🧱', '\udcff')
const metadata = fc.record({
  mode: fc.constantFrom(0o755, 0o644, 0o4755),
  uid: fc.constantFrom(0, 1000, 3_000_000),
  gid: fc.constantFrom(0, 50),
  mtime: fc.nat(2 ** 31),
})

const leaf: fc.Arbitrary<Entry> = fc
  .tuple(
    metadata,
    fc.constantFrom('x', 'yy', '', 'z'.repeat(700)),
    fc.constantFrom('file', 'file', 'symlink', 'device', 'fifo'),
  )
  .map(([base, text, type]): Entry => {
    if (type === 'file') return { ...base, type, content: contentOf(text) }
    if (type === 'symlink') return { ...base, mode: 0o777, type, target: text || '/a' }
    if (type === 'device') return { ...base, type, kind: 'block', major: 8, minor: text.length }
    return { ...base, type: 'fifo' }
  })

const directoryEntry = metadata.map((base): Entry => ({ ...base, type: 'directory' }))

/** Random trees up to three levels deep, some files with a second name, entries in path order. */
export const trees: fc.Arbitrary<Tree> = fc
  .tuple(
    directoryEntry,
    fc.array(fc.tuple(fc.array(name, { minLength: 1, maxLength: 3 }), fc.oneof(leaf, directoryEntry)), {
      maxLength: 8,
    }),
    fc.boolean(),
  )
  .map(([root, items, isLinked]) => {
    const tree = new Map<Path, Entry>([['', root]])
    for (const [parts, entry] of items) place(tree, parts, entry)
    const files = [...tree]
      .filter(([path, entry]) => entry.type === 'file' && path !== '')
      .sort(([a], [b]) => comparePaths(a, b))
    const [first] = files
    if (isLinked && first !== undefined && first[1].type === 'file') {
      const { content: _, ...rest } = first[1]
      tree.set('\udcffzz', { ...rest, type: 'hardlink', target: first[0] })
    }
    return new Map([...tree].sort(([a], [b]) => comparePaths(a, b)))
  })

/** Puts an entry in when nothing is in its way. */
function place(tree: Map<Path, Entry>, parts: readonly string[], entry: Entry): void {
  let at = ''
  for (const part of parts.slice(0, -1)) {
    at = joinPath(at, part)
    const above = tree.get(at)
    if (above !== undefined && above.type !== 'directory') return
    if (above === undefined) tree.set(at, directory())
  }
  const path = parts.join('/')
  if (!tree.has(path)) tree.set(path, entry)
}
