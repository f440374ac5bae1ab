import type { Platform } from '@tsbuild/oci'
import { expect, test } from 'vitest'
import type { Vertex } from '../../graph/vertex.ts'
import { walk } from '../../graph/walk.ts'
import { amd64, arm64, FakeResolver, lastOf, lowerLines, lowerText, opsOf, ownHistory } from '../testing/lower-text.ts'

const multi = { 'docker.io/library/alpine:latest': {}, 'docker.io/library/golang:latest': {} }

test('46: a malformed reference fails even in an unneeded stage', async () => {
  const text = 'FROM busybox AS good\nFROM UPPER AS bad\nFROM good'
  await expect(lowerText(text)).rejects.toMatchObject({
    code: 'REFERENCE_INVALID',
    message: expect.stringMatching(
      /^failed to parse stage name "UPPER": .*invalid reference format: repository name \(UPPER\) must be lowercase$/,
    ),
    range: { start: { line: 2 } },
  })
})

test('46: an upper-case first part of a name is no host', async () => {
  await expect(lowerText('FROM UPPER/img AS unused\nFROM scratch')).rejects.toThrow(
    'repository name (UPPER/img) must be lowercase',
  )
  await expect(lowerText('FROM HOST.example:5000/img AS unused\nFROM scratch')).resolves.toBeDefined()
})

test('46: a missing image in an unneeded stage is never requested', async () => {
  const resolver = new FakeResolver()
  await lowerText('FROM nowhere.example/missing AS unused\nRUN true\nFROM busybox', { resolver })
  expect(resolver.asked).toEqual(['docker.io/library/busybox:latest'])
})

test('47: the name of a stage shadows an image', async () => {
  const resolver = new FakeResolver()
  await lowerText('FROM busybox AS alpine\nFROM alpine', { resolver })
  expect(resolver.asked).toEqual(['docker.io/library/busybox:latest'])
})

test('48: FROM compares the case of stage names', async () => {
  await expect(lowerText('FROM busybox AS base\nFROM BASE')).rejects.toThrow('must be lowercase')
})

test('49: --platform on a stage is ignored', async () => {
  const { rootfs } = await lowerText('FROM busybox AS base\nFROM --platform=linux/arm64 base\nRUN true')
  expect(lastOf(rootfs, 'run').platform).toEqual(amd64)
})

test('50: COPY --from a later stage', async () => {
  await expect(
    lowerText('FROM busybox AS a\nCOPY --from=b /f /\nFROM busybox AS b\nRUN true', { target: 'a' }),
  ).rejects.toMatchObject({
    code: 'STAGE_ORDER',
    message: 'cannot copy from stage "b", it needs to be defined before current stage "a"',
    range: { start: { line: 2 } },
  })
})

test('50: a wrong order in an unneeded stage is no error', async () => {
  await expect(lowerText('FROM busybox AS a\nCOPY --from=b /f /\nFROM busybox AS b')).resolves.toBeDefined()
})

test('50: RUN --mount=from= a later stage', async () => {
  const text = 'FROM busybox AS a\nRUN --mount=from=b,target=/x true\nFROM busybox AS b'
  await expect(lowerText(text, { target: 'a' })).rejects.toThrow(
    'cannot mount from stage "b" to "/x", stage needs to be defined before current command',
  )
})

test('50: an index that no stage has', async () => {
  await expect(lowerText('FROM busybox\nFROM busybox\nCOPY --from=9 /f /')).rejects.toThrow('invalid stage index 9')
  await expect(lowerText('FROM busybox\nCOPY --from=9 /f /\nFROM busybox')).rejects.toThrow('invalid stage index 9')
})

test('50: a stage that copies from itself, by name and by index', async () => {
  await expect(lowerText('FROM busybox AS me\nCOPY --from=me /f /')).rejects.toThrow(
    'circular dependency detected on stage: me',
  )
  await expect(lowerText('FROM busybox\nCOPY --from=0 /f /')).rejects.toThrow(
    'circular dependency detected on stage: 0',
  )
})

test('50: stages that copy from each other', async () => {
  const text = 'FROM busybox AS a\nCOPY --from=b /f /\nFROM busybox AS b\nCOPY --from=a /f /'
  await expect(lowerText(text)).rejects.toMatchObject({ code: 'STAGE_CYCLE' })
})

test('52, 132: scratch has a PATH, a working directory and nothing else', async () => {
  const target = await lowerText('FROM scratch')
  expect(target).toMatchObject({
    rootfs: { op: { kind: 'inline', files: [] }, inputs: [] },
    history: [],
    baseHistory: 0,
  })
  expect(target.config).toEqual({
    os: 'linux',
    architecture: 'amd64',
    config: { Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], WorkingDir: '/' },
  })
})

test('138: COPY --from an image, for the target platform', async () => {
  const resolver = new FakeResolver({ 'docker.io/library/busybox:1.36': {} })
  const { rootfs } = await lowerText('FROM scratch\nCOPY --from=busybox:1.36 /bin/busybox /b', {
    resolver,
    platform: arm64,
  })
  expect(opsOf(rootfs, 'image')).toMatchObject([{ reference: 'docker.io/library/busybox:1.36', platform: arm64 }])
  await expect(lowerText('FROM scratch\nCOPY --from=./dir /f /')).rejects.toThrow('failed to parse stage name "./dir"')
})

test('COPY --from takes a stage in any case, the last one before it when there are two', async () => {
  const text =
    'FROM busybox AS Base\nRUN one\nFROM busybox AS base\nRUN two\nFROM busybox AS mid\nCOPY --from=BASE /f /\nFROM busybox AS base\nRUN three'
  const { rootfs } = await lowerText(text, { target: 'MID' })
  expect(opsOf(rootfs, 'run').map(({ args }) => args.at(-1))).toEqual(['two'])
})

test('RUN --mount=from= takes no index', async () => {
  const resolver = new FakeResolver({ 'docker.io/library/0:latest': {} })
  await lowerText('FROM busybox\nFROM busybox\nRUN --mount=from=0,target=/x true', { resolver })
  expect(resolver.asked).toContain('docker.io/library/0:latest')
})

test('an unknown target names the nearest stage', async () => {
  await expect(lowerText('FROM busybox AS build', { target: 'biuld' })).rejects.toMatchObject({
    code: 'STAGE_NOT_FOUND',
    message: 'target stage "biuld" could not be found',
    hint: 'did you mean build?',
  })
  await expect(lowerText('FROM busybox', { target: '0' })).rejects.toThrow('target stage "0" could not be found')
})

test('an image that is not found may be a misspelt stage', async () => {
  await expect(lowerText('FROM busybox AS builder\nFROM busybox\nCOPY --from=bulider /f /')).rejects.toMatchObject({
    message: 'docker.io/library/bulider:latest: not found',
    hint: 'did you mean stage "builder"?',
    range: { start: { line: 3 } },
  })
})

test('a blank base name is an error even in an unneeded stage', async () => {
  await expect(lowerText('FROM ${NOTHING}\nFROM busybox')).rejects.toThrow('base name (${NOTHING}) should not be blank')
})

test('FROM sees global ARGs and build arguments', async () => {
  const resolver = new FakeResolver({ 'docker.io/library/golang:1.2': {}, 'docker.io/library/golang:2': {} })
  await lowerText('ARG V=1.2\nFROM golang:${V}', { resolver })
  await lowerText('ARG V=1.2\nFROM golang:${V}', { resolver, args: { V: '2' } })
  expect(resolver.asked).toEqual(['docker.io/library/golang:1.2', 'docker.io/library/golang:2'])
})

test('an empty or unknown platform is an error', async () => {
  await expect(lowerText('FROM --platform=$NOTHING busybox')).rejects.toThrow(
    'empty platform value from expression $NOTHING',
  )
  await expect(lowerText('FROM --platform=amiga busybox')).rejects.toMatchObject({ code: 'PLATFORM_INVALID' })
})

test('an image found on another platform only: taken over when no platform was requested', async () => {
  const images = { 'docker.io/library/pi:latest': { platform: arm64 } }
  const free = await lowerText('FROM pi\nRUN true', { images, platformRequested: false })
  expect(free.platform).toEqual(arm64)
  expect(free.config.architecture).toBe('arm64')
  expect(lastOf(free.rootfs, 'run').platform).toEqual(arm64)
  const asked = await lowerText('FROM pi\nRUN true', { images })
  expect(asked.platform).toEqual(amd64)
  expect(asked.config.architecture).toBe('amd64')
  expect(lastOf(asked.rootfs, 'run').platform).toEqual(amd64)
  for (const { warnings } of [free, asked]) {
    expect(warnings).toMatchObject([
      {
        rule: 'InvalidBaseImagePlatform',
        message: 'Base image pi was pulled with platform "linux/arm64", expected "linux/amd64" for current build',
      },
    ])
  }
})

test('the same image, context or download is one vertex', async () => {
  const text =
    'FROM alpine AS a\nCOPY x /\nFROM alpine\nCOPY y /\nADD https://h.example/f /f\nADD https://h.example/f /g\nCOPY --from=a /x /'
  const { rootfs } = await lowerText(text, { images: multi })
  expect(opsOf(rootfs, 'image')).toHaveLength(1)
  expect(opsOf(rootfs, 'local')).toEqual([{ kind: 'local', context: 'context', include: ['x', 'y'] }])
  expect(opsOf(rootfs, 'http')).toHaveLength(1)
})

test('images that do not need each other are requested at once', async () => {
  let waiting = 0
  let most = 0
  const resolver = new FakeResolver({ ...multi })
  const slow = {
    async resolve(request: Parameters<FakeResolver['resolve']>[0]): ReturnType<FakeResolver['resolve']> {
      waiting += 1
      most = Math.max(most, waiting)
      await new Promise((resolve) => setImmediate(resolve))
      waiting -= 1
      return resolver.resolve(request)
    },
  }
  const text = 'FROM busybox AS a\nFROM golang AS b\nCOPY --from=alpine /f /\nFROM a\nCOPY --from=b /f /'
  await lowerText(text, { resolver: slow })
  expect(most).toBe(3)
})

test('steps are named as BuildKit prints them', async () => {
  const text =
    'FROM busybox AS build\nWORKDIR /w\nENV A=1\nrun npm ci \\\n  --all\nFROM scratch\nCOPY --from=build /w /\nADD a /\n'
  const { rootfs } = await lowerText(text)
  const named: Vertex[] = []
  walk(rootfs, (vertex) => named.push(vertex))
  const digest = named.find(({ op }) => op.kind === 'image')?.op
  expect(named.map(({ name }) => name)).toEqual([
    'scratch',
    `[build 1/3] FROM docker.io/library/busybox:latest@${digest?.kind === 'image' ? digest.digest : ''}`,
    '[build 2/3] WORKDIR /w',
    '[build 3/3] RUN npm ci   --all',
    '[stage-1 1/2] COPY --from=build /w /',
    '[internal] load build context',
    '[stage-1 2/2] ADD a /',
  ])
  expect(named.map(({ stage }) => stage)).toEqual([undefined, undefined, 'build', 'build', '1', undefined, '1'])
  expect(named.map(({ range }) => range?.start.line)).toEqual([undefined, undefined, 2, 4, 7, undefined, 8])
})

test('ONBUILD history is not left by the child that triggers it', async () => {
  expect(ownHistory(await lowerLines('ONBUILD RUN true'))).toEqual([])
})

test('chains of stages may be longer than the call stack', async () => {
  const count = 8000
  const chain = Array.from({ length: count }, (_, index) => `FROM s${index} AS s${index + 1}`)
  const { rootfs } = await lowerText(['FROM busybox AS s0', ...chain, 'CMD x'].join('\n'))
  expect(rootfs.op.kind).toBe('image')
  const backwards = Array.from({ length: count }, (_, index) => `FROM busybox\nCOPY --from=${(index + 1) % count} /f /`)
  await expect(lowerText(backwards.join('\n'))).rejects.toMatchObject({ code: 'STAGE_CYCLE' })
})

test('an image has the requested platform; only a base for the same one adds details', async () => {
  const windows = { os: 'windows', architecture: 'amd64', 'os.version': '10.0.17763.1', 'os.features': ['win32k'] }
  const images = {
    'docker.io/library/win:latest': { platform: windows },
    'docker.io/library/old:latest': { platform: { ...amd64, variant: 'v2' } },
  }
  const platformOf = async (text: string, platform: Platform): Promise<Platform> => {
    const { config } = await lowerText(text, { images, platform })
    const { config: _, ...rest } = config
    return rest
  }
  expect(await platformOf('FROM win', { os: 'windows', architecture: 'amd64' })).toEqual(windows)
  const newer = { os: 'windows', architecture: 'amd64', 'os.version': '10.0.20348.1' }
  expect(await platformOf('FROM win', newer)).toEqual({ ...windows, ...newer })
  expect(await platformOf('FROM win', amd64)).toEqual(amd64)
  expect(await platformOf('FROM old', amd64)).toEqual({ ...amd64, variant: 'v2' })
  expect(await platformOf('FROM old', { ...amd64, variant: 'v3' })).toEqual({ ...amd64, variant: 'v3' })
  expect(await platformOf('FROM old', arm64)).toEqual(arm64)
})
