import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { type EdgeImage, test } from '../support/edge.ts'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'

const obstacle = await withoutRun()
import { treeTime } from '../support/write-tree.ts'

test('122: SOURCE_DATE_EPOCH dates what is new, and no file of it is later', async ({ edge }) => {
  const image = await edge('COPY f /\nLABEL a=1', { files: { f: 'edge 122' }, args: { SOURCE_DATE_EPOCH: '0' } })
  expect(image.config.created).toBe('1970-01-01T00:00:00Z')
  expect(image.config.history.map(({ created }) => created)).toEqual([
    '2024-01-02T03:04:05Z',
    '1970-01-01T00:00:00Z',
    '1970-01-01T00:00:00Z',
  ])
  expect([image.time('/f'), image.time('/etc/passwd')]).toEqual([0, Date.parse('2024-01-02T03:04:05Z') / 1000])
  const later = await edge('COPY f /', { files: { f: 'edge 122 later' }, args: { SOURCE_DATE_EPOCH: '1700000000' } })
  expect(later.time('/f')).toBe(treeTime)
})

test('124: what only changes the config is history without layers', async ({ edge }) => {
  const image = await edge('FROM scratch\nCOPY f /\nENV A=1\nCMD x\n', { files: { f: '' } })
  expect(image.config.history.map(({ empty_layer: empty }) => empty)).toEqual([undefined, true, true])
  expect([image.manifest.layers.length, image.config.rootfs.diff_ids.length]).toEqual([1, 1])
})

describe.skipIf(obstacle !== undefined)(titled('with RUN', obstacle), () => {
  test('done twice, the same digest', async ({ edge }) => {
    const once = (): Promise<EdgeImage> =>
      edge('COPY a /a\nRUN mkdir -p /d/e && echo 1 > /d/e/f && ln -s f /d/e/g\nWORKDIR /w\n', {
        files: { a: '' },
        args: { SOURCE_DATE_EPOCH: '1500000000' },
        noCache: true,
      })
    const first = await once()
    // Times have whole seconds in layers.
    await sleep(1100)
    expect((await once()).digest).toBe(first.digest)
  })
})
