import { digestOf } from '@tsbuild/oci'
import { expect, test } from 'vitest'
import type { ResolvedImage } from '../plan/base-image.ts'
import { lowerGenerator } from './generator-step.ts'
import { amd64, arm64, opsOf } from '../testing/lower-text.ts'

const target = {
  platform: arm64,
  rootfs: { op: { kind: 'inline', files: [] }, inputs: [], name: 'result' },
  scanTargets: [],
} as const
const image = (config: ResolvedImage['config']['config']): ResolvedImage => ({
  reference: 'registry.example/scan:1',
  digest: digestOf('scan'),
  platform: amd64,
  config: { ...amd64, config: config ?? {}, rootfs: { type: 'layers', diff_ids: [] } },
})

test("the image's command sees the result, and writes to the given directory", () => {
  const step = lowerGenerator({
    image: image({
      Entrypoint: ['/scan'],
      Cmd: ['-v'],
      Env: ['A=1', 'BUILDKIT_SCAN_x=image'],
      User: 'nobody',
      WorkingDir: '/w',
    }),
    target,
    parameters: { x: 'given' },
    epoch: 7,
  })
  expect(step).toMatchObject({
    name: '[linux/arm64] generating sbom using registry.example/scan:1',
    inputs: [{ op: { kind: 'mkdir', path: '/run/out', user: '', epoch: 7 } }, target.rootfs],
    op: {
      args: ['/scan', '-v'],
      cwd: '/w',
      user: '',
      platform: amd64,
      epoch: 7,
      mounts: [
        { type: 'tmpfs', target: '/tmp' },
        { type: 'bind', target: '/run/src/core/sbom', input: 1, source: '/', readonly: true },
      ],
    },
  })
  expect(opsOf(step, 'run')[0]?.env).toEqual([
    ['A', '1'],
    ['BUILDKIT_SCAN_x', 'given'],
    ['PATH', expect.stringContaining('/bin')],
    ['BUILDKIT_SCAN_DESTINATION', '/run/out/'],
    ['BUILDKIT_SCAN_SOURCE', '/run/src/core/sbom'],
  ])
  expect(opsOf(step, 'image')).toEqual([
    { kind: 'image', reference: 'registry.example/scan:1', digest: digestOf('scan'), platform: amd64 },
  ])
})

test('what is listed besides lies beside', () => {
  const other = { op: { kind: 'inline', files: [] }, inputs: [], name: 'other' } as const
  const scanTargets = [
    { name: 'context', kind: 'source', rootfs: target.rootfs },
    { name: 'make', kind: 'installed', rootfs: other },
  ] as const
  const step = lowerGenerator({ image: image({ Cmd: ['scan'] }), target: { ...target, scanTargets }, parameters: {} })
  const [run] = opsOf(step, 'run')
  expect(step.inputs.slice(1)).toEqual([target.rootfs, target.rootfs, other])
  expect(run?.cwd).toBe('/')
  expect(run?.env).toContainEqual(['BUILDKIT_SCAN_SOURCE_EXTRAS', '/run/src/extras'])
  expect(run?.mounts.slice(2)).toMatchObject([
    { target: '/run/src/extras/sbom-context', input: 2 },
    { target: '/run/src/extras/sbom-make', input: 3 },
  ])
})

test('an image without a command is no generator', () => {
  expect(() => lowerGenerator({ image: image({}), target, parameters: {} })).toThrow(
    expect.objectContaining({ code: 'COMMAND_EMPTY', message: 'scanner registry.example/scan:1 does not have cmd' }),
  )
})
