import type { ReportedFile } from '../model/image-report.ts'

/** A directory with the bytes of all files in it, or a file. */
export interface SizedNode {
  readonly name: string
  size: number
  files: number
  readonly children: Map<string, SizedNode>
}

/** A rectangle of the map, in its units. */
interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** The rectangle of a directory or file. */
export interface Tile extends Box {
  readonly node: SizedNode
  readonly path: string
  readonly depth: number
}

/** Levels of directories in the map. Deeper files count for the directory above. */
const levels = 3
/** Smaller sides of a rectangle would not be seen. */
const smallest = 6
const heading = 16

/** The directories of files, down to the levels of the map. */
export function sizeTree(files: readonly ReportedFile[]): SizedNode {
  const root: SizedNode = { name: '', size: 0, files: 0, children: new Map() }
  for (const { path, size } of files) {
    let node = root
    for (const name of [undefined, ...path.split('/', levels)]) {
      if (name !== undefined) {
        const child = node.children.get(name) ?? { name, size: 0, files: 0, children: new Map() }
        node.children.set(name, child)
        node = child
      }
      node.size += size
      node.files += 1
    }
  }
  return root
}

/** Rectangles for the nodes below the root, each in that of its directory; without small ones. */
export function layOut(root: SizedNode, width: number, height: number): readonly Tile[] {
  const tiles: Tile[] = []
  const fill = (above: Omit<Tile, 'depth'>, depth: number): void => {
    const nodes = [...above.node.children.values()].filter(({ size }) => size > 0).sort((a, b) => b.size - a.size)
    for (const [index, box] of divide(nodes, above).entries()) {
      const node = nodes[index]
      if (node === undefined || box.width < smallest || box.height < smallest) continue
      const tile = { node, path: `${above.path}/${node.name}`, depth, ...box }
      tiles.push(tile)
      if (box.height > 2 * heading && box.width > 2 * heading)
        fill(
          { ...tile, x: box.x + 2, y: box.y + heading, width: box.width - 4, height: box.height - heading - 2 },
          depth + 1,
        )
    }
  }
  fill({ node: root, path: '', x: 0, y: 0, width, height }, 0)
  return tiles
}

/**
 * Divides a box among nodes by their sizes, the largest first: row after row along the shorter
 * side, each with as many nodes as make its rectangles squarer (Bruls, Huizing and van Wijk:
 * Squarified Treemaps, 2000).
 */
function divide(nodes: readonly SizedNode[], box: Box): readonly Box[] {
  const boxes: Box[] = []
  let { x, y, width, height } = box
  let left = nodes.reduce((sum, { size }) => sum + size, 0)
  for (let start = 0; start < nodes.length; start = boxes.length) {
    const isWide = width >= height
    const side = isWide ? height : width
    const scale = (width * height) / left
    const row = takeRow(nodes.slice(start), scale / side ** 2)
    const sum = row.reduce((all, { size }) => all + size, 0)
    const depth = (sum * scale) / side
    let offset = 0
    for (const { size } of row) {
      const length = (size / sum) * side
      boxes.push(
        isWide
          ? { x, y: y + offset, width: depth, height: length }
          : { x: x + offset, y, width: length, height: depth },
      )
      offset += length
    }
    left -= sum
    if (isWide) [x, width] = [x + depth, width - depth]
    else [y, height] = [y + depth, height - depth]
  }
  return boxes
}

/** The first nodes, as long as one more makes the longest rectangle of the row no longer. */
function takeRow(nodes: readonly SizedNode[], scale: number): readonly SizedNode[] {
  const largest = nodes[0]?.size ?? 0
  let [sum, worst] = [0, Number.POSITIVE_INFINITY]
  const end = nodes.findIndex(({ size }) => {
    const next = sum + size
    // Both sides in units of the shorter side of the box.
    const ratio = Math.max((scale * next ** 2) / size, largest / (scale * next ** 2))
    if (ratio > worst) return true
    ;[sum, worst] = [next, ratio]
    return false
  })
  return end < 0 ? nodes : nodes.slice(0, end)
}
