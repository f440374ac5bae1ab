import { describe, expect } from 'vitest'
import { mergeLayers } from '../support/merge-layers.ts'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { test } from '../support/edge.ts'

const files = { a: 'A', b: 'B', 'tree/x': 'X', 'tree/y': 'Y' }
const dockerfile = 'FROM busybox\nCOPY a /f\nCOPY tree /d\nCOPY b /f\nENV N=1\nWORKDIR /w\n'

test('new layers become one, and those of the base image stay', async ({ edge }) => {
  const plain = await edge(dockerfile, { files })
  const image = await edge(dockerfile, { files, squash: 'new' })
  expect(image.manifest.layers.length).toBe(2)
  expect(image.manifest.layers[0]).toEqual(plain.manifest.layers[0])
  expect(image.lines(1)).toEqual(['d 755 0:0 d/', 'f 644 0:0 d/x', 'f 644 0:0 d/y', 'f 644 0:0 f', 'd 755 0:0 w/'])
  expect(image.text('/f')).toBe('B')
  expect(image.config.config).toEqual(plain.config.config)
})

test('all layers become one', async ({ edge }) => {
  const plain = await edge(dockerfile, { files })
  const image = await edge(dockerfile, { files, squash: 'all' })
  expect(image.layers.length).toBe(1)
  const lines = (layers: typeof image.layers): readonly string[] =>
    [...mergeLayers(layers).values()].map(({ line }) => line).sort()
  expect(lines(image.layers)).toEqual(lines(plain.layers))
})

test.for(['new', 'all'] as const)(
  'the history of %s has one entry with a layer for each layer',
  async (squash, { edge }) => {
    const image = await edge(dockerfile, { files, squash })
    const withLayer = image.config.history.filter((entry) => entry.empty_layer !== true)
    expect(withLayer.length).toBe(image.layers.length)
    expect(image.added.slice(0, 5)).toEqual((await edge(dockerfile, { files })).added)
    expect(image.added.at(-1)).toMatch(/^squash [45] layers # tsbuild$/)
    expect(image.result.platforms[0]?.layers.at(-1)?.step?.name).toMatch(/^squash /)
  },
)

test('the same squash comes from the cache; another number of layers does not', async ({ edge }) => {
  const own = `${dockerfile}COPY a /own\n`
  const first = await edge(own, { files, squash: 'new' })
  const again = await edge(own, { files, squash: 'new' })
  const steps = (names: readonly string[]): readonly string[] => names.filter((name) => !name.startsWith('exporting'))
  expect([steps(again.executed), again.digest]).toEqual([[], first.digest])
  expect(steps((await edge(own, { files, squash: 'all' })).executed)).toEqual(['squash 6 layers'])
})

test('an image without new layers stays as it is', async ({ edge }) => {
  const image = await edge('FROM busybox\nENV A=1\n', { squash: 'new' })
  expect([image.layers.length, image.added]).toEqual([1, ['ENV A=1']])
})

test('a base image of nothing has no layers to keep', async ({ edge }) => {
  const image = await edge('FROM scratch\nCOPY a /a\nCOPY b /a\n', { files, squash: 'new' })
  expect(image.lines(0)).toEqual(['f 644 0:0 a'])
  expect(image.text('/a')).toBe('B')
})

const obstacle = await withoutRun()

describe.skipIf(obstacle !== undefined)(titled('with RUN', obstacle), () => {
  const removing = 'FROM busybox\nCOPY a /secret\nRUN rm /secret /etc/group && echo x > /o\n'

  test('a file that is removed is in no layer; one of the base image is hidden', async ({ edge }) => {
    const image = await edge(removing, { files, squash: 'new' })
    expect(image.lines(1).filter((line) => line.endsWith(' secret'))).toEqual([])
    expect(image.lines(1).some((line) => line.endsWith('etc/.wh.group'))).toBe(true)
    expect([image.line('/etc/group'), image.text('/o')]).toEqual([undefined, 'x\n'])
  })

  test('a removed file of the base image leaves no trace in a single layer', async ({ edge }) => {
    const image = await edge(removing, { files, squash: 'all' })
    expect(image.lines(0).filter((line) => /secret|etc\/group|\.wh\./.test(line))).toEqual([])
  })
})
