import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { type BuiltImage, test } from '../support/test.ts'
import { treeTime } from '../support/write-tree.ts'

const obstacle = await withoutRun()
const epoch = '1500000000'

test('SOURCE_DATE_EPOCH is the time of the image and of its new history', async ({ build }) => {
  const image = await build('FROM base\nCOPY a /a\nENV A=1\n', { files: { a: '' }, env: { SOURCE_DATE_EPOCH: epoch } })
  expect(image.config.created).toBe('2017-07-14T02:40:00Z')
  expect(image.config.history.map(({ created }) => created)).toEqual([
    '2024-01-02T03:04:05Z',
    '2017-07-14T02:40:00Z',
    '2017-07-14T02:40:00Z',
  ])
})

test('no file of a new layer is later, earlier times stay', async ({ build }) => {
  const timeOf = async (seconds: string): Promise<number | undefined> =>
    (await build('FROM scratch\nCOPY a /a\n', { files: { a: '' }, env: { SOURCE_DATE_EPOCH: seconds } })).layers[0]?.[0]
      ?.mtime
  expect(await timeOf(epoch)).toBe(Number(epoch))
  expect(await timeOf('1700000000')).toBe(treeTime)
})

describe.skipIf(obstacle !== undefined)(titled('with RUN', obstacle), () => {
  test('done twice, the same digest', async ({ build }) => {
    const once = (): Promise<BuiltImage> =>
      build('FROM base\nCOPY a /a\nRUN mkdir -p /d/e && echo 1 > /d/e/f && ln -s f /d/e/g\nWORKDIR /w\n', {
        files: { a: '' },
        env: { SOURCE_DATE_EPOCH: epoch },
        args: ['--no-cache'],
      })
    const first = await once()
    // Times have whole seconds in layers.
    await sleep(1100)
    expect((await once()).digest).toBe(first.digest)
  })
})
