import { join } from 'node:path'
import { expect } from 'vitest'
import { build, type BuildOptions, plan } from '../../src/index.ts'
import { openImage } from '../support/open-image.ts'
import { test } from '../support/test.ts'

test('a result describes the layers, the steps that made them, names, times and bytes', async ({ base, directory }) => {
  const layout = join(directory, 'layout')
  const options: BuildOptions = {
    context: { Dockerfile: 'FROM base\nCOPY a /a\nENV A=1\nWORKDIR /new\n', a: 'a' },
    contexts: { base: `oci-layout://${base}:latest` },
    root: join(directory, 'store'),
    tags: ['r.example/app:1', 'app'],
    args: { SOURCE_DATE_EPOCH: '0' },
    outputs: [{ kind: 'oci', dest: layout, tar: false }],
  }
  const { steps } = await plan(options)
  const before = Date.now()
  const first = await build(options)
  const [platform] = first.platforms
  const image = await openImage(layout)
  expect(platform).toMatchObject({ digest: image.digest, configDigest: first.configDigest })
  const layers = platform?.layers ?? []
  expect(layers.map(({ diffId }) => diffId)).toEqual(image.config.rootfs.diff_ids)
  expect(layers.map(({ step }) => step)).toEqual([
    ...layers.slice(2).map(() => undefined),
    ...steps.map(({ name, line, key }) => ({ name, line, key, cached: false })),
  ])
  expect(first.canonicalNames).toEqual([
    `r.example/app:1@${first.digest}`,
    `docker.io/library/app:latest@${first.digest}`,
  ])
  expect(first.bytes.written).toBeGreaterThan(layers.reduce((sum, { size }) => sum + size, 0))
  expect(first.timings.started).toBeGreaterThanOrEqual(before)

  const second = await build(options)
  expect(second.digest).toBe(first.digest)
  expect(second.platforms[0]?.layers.flatMap(({ step }) => (step ? [step.cached] : []))).toEqual([true, true])
  const { platforms, canonicalNames, bytes } = await build({ ...options, outputs: [{ kind: 'cacheonly' }] })
  expect({ platforms, canonicalNames, bytes }).toEqual({
    platforms: [],
    canonicalNames: [],
    bytes: { read: 0, written: 0 },
  })
})
