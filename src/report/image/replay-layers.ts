import { type Change, type Diff, type Entry, parentOf, type Path } from '@tsbuild/tree'
import type { HiddenFile } from '../model/image-report.ts'

/** A file of a layer; `hidden` is set when a later layer leaves none of its names. */
export interface LayerFile {
  readonly path: Path
  readonly size: number
  readonly layer: number
  hidden?: HiddenFile
}

/** A directory or another entry of the file system so far. */
interface Node {
  children?: Map<string, Node>
  file?: NamedFile
}

interface NamedFile extends LayerFile {
  /** Names that it has so far; hard links are names. */
  names: number
  readonly digest: string | undefined
}

/** Files of all layers, and for each that no container sees the layer that hides it. */
export function replayLayers(diffs: readonly Diff[]): readonly LayerFile[] {
  const root: Node = {}
  const files: NamedFile[] = []
  for (const [layer, diff] of diffs.entries()) {
    // The order of a diff has no meaning: it hides parts of lower layers only.
    for (const [path, change] of diff) hide(root, { path, change, layer })
    for (const [path, change] of diff) {
      if (change.type !== 'set' || change.entry.type !== 'file') continue
      const { size, digest } = change.entry.content
      const file: NamedFile = { path, size, layer, digest, names: 1 }
      makeNode(root, path).file = file
      files.push(file)
    }
    for (const [path, change] of diff) if (change.type === 'set') addOther(root, path, change.entry)
  }
  return files
}

function hide(
  root: Node,
  { path, change, layer }: { readonly path: Path; readonly change: Change; readonly layer: number },
): void {
  const node = findNode(root, path)
  if (node === undefined) return
  if (change.type === 'remove') return removeNode(root, path, { layer, cause: 'removed' })
  const { entry } = change
  const old = node.file
  if (old !== undefined) {
    const isRepeated =
      entry.type === 'file' && entry.content.digest !== undefined && entry.content.digest === old.digest
    dropName(old, { layer, cause: isRepeated ? 'repeated' : 'replaced' })
    delete node.file
  }
  if (entry.type !== 'directory' || change.opaque === true) {
    dropBelow(node, { layer, cause: entry.type === 'directory' ? 'removed' : 'replaced' })
    delete node.children
  }
}

/** Directories, and further names of files. */
function addOther(root: Node, path: Path, entry: Entry): void {
  if (entry.type === 'directory') makeNode(root, path).children ??= new Map()
  if (entry.type !== 'hardlink') return
  const file = findNode(root, entry.target)?.file
  if (file === undefined) return
  file.names += 1
  makeNode(root, path).file = file
}

function dropName(file: NamedFile, hidden: HiddenFile): void {
  file.names -= 1
  if (file.names === 0) file.hidden = hidden
}

function dropBelow(top: Node, hidden: HiddenFile): void {
  const waiting = [...(top.children?.values() ?? [])]
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node.file !== undefined) dropName(node.file, hidden)
    for (const child of node.children?.values() ?? []) waiting.push(child)
  }
}

function removeNode(root: Node, path: Path, hidden: HiddenFile): void {
  const node = findNode(root, path)
  if (node?.file !== undefined) dropName(node.file, hidden)
  if (node !== undefined) dropBelow(node, hidden)
  if (path !== '') findNode(root, parentOf(path))?.children?.delete(path.slice(path.lastIndexOf('/') + 1))
}

function findNode(root: Node, path: Path): Node | undefined {
  let node: Node | undefined = root
  if (path !== '') for (const name of path.split('/')) node = node?.children?.get(name)
  return node
}

function makeNode(root: Node, path: Path): Node {
  let node = root
  if (path === '') return node
  for (const name of path.split('/')) {
    node.children ??= new Map()
    const child: Node = node.children.get(name) ?? {}
    node.children.set(name, child)
    node = child
  }
  return node
}
