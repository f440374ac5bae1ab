import { expect, test } from 'vitest'
import { html } from './html.ts'
import { layOut, sizeTree } from './treemap.ts'

test('values are text in elements and attributes, and nested HTML stays', () => {
  const name = `"><script>&'\u0000`
  expect(html`<a title="${name}">${[html`<b>${1}</b>`]}</a>`.html).toBe(
    '<a title="&quot;&gt;&lt;script&gt;&amp;&#39;\\x00"><b>1</b></a>',
  )
})

test('rectangles lie in that of their directory, and those of siblings do not overlap', () => {
  const files = Array.from({ length: 2000 }, (_, at) => ({ path: `d${at % 7}/e${at % 31}/f${at}`, size: at, layer: 0 }))
  const root = sizeTree(files)
  expect([root.files, root.size]).toEqual([2000, 1999 * 1000])
  const tiles = layOut(root, 1200, 500)
  expect(tiles.length).toBeGreaterThan(50)
  for (const tile of tiles) {
    const parent = tiles.find(({ path }) => path === tile.path.slice(0, tile.path.lastIndexOf('/')))
    const { x = 0, y = 0, width = 1200, height = 500 } = parent ?? {}
    expect(tile.x >= x && tile.y >= y).toBe(true)
    expect(tile.x + tile.width <= x + width + 0.01 && tile.y + tile.height <= y + height + 0.01).toBe(true)
  }
  const top = tiles.filter(({ depth }) => depth === 0)
  const area = top.reduce((sum, { width, height }) => sum + width * height, 0)
  expect(area).toBeCloseTo(1200 * 500, 0)
})

test('an empty image, empty files and deep paths have a map', () => {
  expect(layOut(sizeTree([]), 100, 100)).toEqual([])
  expect(layOut(sizeTree([{ path: 'a', size: 0, layer: 0 }]), 100, 100)).toEqual([])
  const deep = sizeTree([{ path: 'a/'.repeat(2000), size: 5, layer: 0 }])
  expect(layOut(deep, 500, 500).map(({ path }) => path)).toEqual(['/a', '/a/a', '/a/a/a'])
})
