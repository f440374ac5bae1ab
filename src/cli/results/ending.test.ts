import { expect, test } from 'vitest'
import type { BuildResult } from '../../build-result.ts'
import { emptyResult } from '../testing/invocation.ts'
import { describeEnding } from './ending.ts'

const digest = `sha256:${'a'.repeat(64)}` as const
const layer = { mediaType: 'm', digest, diffId: digest, size: 2_000_000 }
const result: BuildResult = {
  ...emptyResult,
  digest,
  names: ['r.example/app:1'],
  outputs: ['image in the local store'],
  platforms: [{ platform: 'linux/amd64', digest, size: 1, configDigest: digest, layers: [layer, layer] }],
  timings: { started: 0, solving: 4000, exporting: 500 },
  steps: { run: 1, cached: 3 },
}
const slowest = [{ name: '[2/2] RUN make', duration: 3000 }]

test('image, size, layers, steps, time, and the next command', () => {
  expect(describeEnding({ result, requests: [], slowest })).toEqual([
    'image in the local store',
    'r.example/app:1',
    `  ${digest}`,
    '  linux/amd64, 4.0MB in 2 layers',
    '1 step run, 3 from the cache, 4.5s',
    '     3.0s  [2/2] RUN make',
    'next: tsbuild push r.example/app:1, or tsbuild save -o image.tar r.example/app:1',
  ])
})

test('the page about the build is named before the image', () => {
  const [output, report] = describeEnding({ result, requests: [], slowest: [], report: 'build.html' })
  expect([output, report]).toEqual(['image in the local store', 'report in build.html'])
})

test('the next command fits the output', () => {
  const next = (more: Partial<BuildResult>, requests: Parameters<typeof describeEnding>[0]['requests'] = []) =>
    describeEnding({ result: { ...result, ...more }, requests, slowest: [] }).filter((line) => line.startsWith('next'))
  expect(next({}, [{ kind: 'image', push: true }])).toEqual(['next: docker run --rm r.example/app:1'])
  expect(next({}, [{ kind: 'load' }])).toEqual(['next: docker run --rm r.example/app:1'])
  expect(next({}, [{ kind: 'docker', dest: '/tmp/a.tar' }])).toEqual(['next: docker load -i /tmp/a.tar'])
  expect(next({}, [{ kind: 'oci', dest: 'a.tar' }])).toEqual([
    'next: tsbuild copy oci-archive:a.tar docker://REGISTRY/NAME',
  ])
  expect(next({}, [{ kind: 'oci', dest: 'layout', tar: false }])).toEqual([
    'next: tsbuild copy oci:layout docker://REGISTRY/NAME',
  ])
  expect(next({}, [{ kind: 'oci', dest: '-' }])).toEqual([])
  expect(next({}, [{ kind: 'oci', dest: '/dev/null' }])).toEqual([])
  expect(next({}, [{ kind: 'oci', dest: 'a; rm -rf' }])).toEqual([])
  expect(next({}, [{ kind: 'local', dest: 'out' }])).toEqual([])
  expect(next({ names: [] })).toEqual(['next: name the image with -t NAME, or keep it with -o type=oci,dest=image.tar'])
})

test('steps that were quick are not named; a build that ran none says so', () => {
  const steps = { run: 0, cached: 3 }
  const quick = [{ name: 'RUN true', duration: 900 }]
  expect(describeEnding({ result: { ...result, steps }, requests: [], slowest: quick })).toContain(
    '3 steps, all from the cache, 4.5s',
  )
})
