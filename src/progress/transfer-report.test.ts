import { digestOf, mediaTypes } from '@tsbuild/oci'
import { expect, test } from 'vitest'
import type { BuildEvent } from './event.ts'
import { TransferReport } from './transfer-report.ts'

const contentOf = (text: string) => ({ mediaType: 'x/y', digest: digestOf(text), size: 2 })

test('a blob that is met again is one transfer; bytes are added up by what happened', () => {
  const reported: BuildEvent[] = []
  const transfers = new TransferReport({ report: (event) => reported.push(event), vertex: 'v', adopted: 'linked' })
  const { onProgress } = transfers
  const [a, b, c] = [contentOf('a'), contentOf('b'), contentOf('c')]
  onProgress(a, 1)
  onProgress(b, 2, 'exists')
  onProgress(a, 2)
  onProgress(b, 2)
  onProgress(a, 1)
  onProgress(c, 2, 'adopted')
  const event = { type: 'transfer', vertex: 'v', total: 2 } as const
  expect(reported).toEqual([
    { ...event, id: a.digest, done: 1 },
    { ...event, id: b.digest, done: 2, skipped: 'exists' },
    { ...event, id: a.digest, done: 2 },
    { ...event, id: c.digest, done: 2, skipped: 'linked' },
  ])
  expect(transfers.tally()).toEqual({ size: 6, moved: 2, existing: 2, linked: 2 })
})

test('a manifest that exists vouches for what is not looked at', () => {
  const transfers = new TransferReport({ report: () => {}, vertex: 'v' })
  transfers.onProgress({ ...contentOf('m'), mediaType: mediaTypes.ociManifest }, 2, 'exists')
  transfers.onProgress(contentOf('a'), 2, 'adopted')
  expect(transfers.tally()).toEqual({ moved: 0, existing: 2, mounted: 2 })
  expect(transfers.tally(100)).toEqual({ size: 100, moved: 0, existing: 98, mounted: 2 })
})
