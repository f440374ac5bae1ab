import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { titled } from '../support/obstacle.ts'
import { readLayoutIndex } from '../support/open-image.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { test } from '../support/test.ts'

interface Index {
  readonly mediaType: string
  readonly manifests: readonly { readonly digest: string; readonly platform: unknown }[]
}

async function indexIn(layout: string): Promise<Index> {
  const [root] = await readLayoutIndex(layout)
  return JSON.parse(await readFile(join(layout, 'blobs', ...(root?.digest ?? '').split(':')), 'utf8'))
}

test('platforms come in the order of the request, each once under its one name', async ({ tryBuild }) => {
  const platforms = [
    '--platform',
    'linux/arm64,LINUX/x86_64,linux/arm64/v8',
    '--platform',
    'linux/armhf,linux/arm/7,linux/amd64/v2',
  ]
  const { layout, stderr } = await tryBuild('FROM scratch\nCOPY a /\n', { files: { a: '' }, args: platforms })
  expect(
    (await indexIn(layout)).manifests.map(({ platform }) => platform),
    stderr,
  ).toEqual([
    { architecture: 'arm64', os: 'linux' },
    { architecture: 'amd64', os: 'linux' },
    { architecture: 'arm', os: 'linux', variant: 'v7' },
    { architecture: 'amd64', os: 'linux', variant: 'v2' },
  ])
})

test('what comes to one platform is no index, unless BUILDKIT_MULTI_PLATFORM says so', async ({
  tryBuild,
  directory,
}) => {
  const request = { files: { a: '' }, args: ['--platform', 'linux/amd64,linux/amd64/v1'] }
  expect(await indexIn((await tryBuild('FROM scratch\nCOPY a /\n', request)).layout)).not.toHaveProperty('manifests')
  const out = join(directory, 'out')
  await mkdir(out)
  const args = [...request.args, '--build-arg', 'BUILDKIT_MULTI_PLATFORM=true', '-o', out]
  const { layout } = await tryBuild('FROM scratch\nCOPY a /\n', { ...request, args })
  expect((await indexIn(layout)).manifests.map(({ platform }) => platform)).toEqual([
    { architecture: 'amd64', os: 'linux' },
  ])
  expect(await readFile(join(out, 'linux_amd64/a'), 'utf8')).toBe('')
})

test('an index of Docker, annotated by platform', async ({ tryBuild, build, directory }) => {
  const args = ['--platform', 'linux/amd64,linux/arm64']
  const { layout } = await tryBuild('FROM scratch\nCOPY a /\n', {
    files: { a: '' },
    args: [...args, '-o', `type=oci,tar=false,dest=${join(directory, 'docker')},oci-mediatypes=false`],
  })
  expect((await indexIn(join(directory, 'docker'))).mediaType).toBe(
    'application/vnd.docker.distribution.manifest.list.v2+json',
  )
  expect((await indexIn(layout)).mediaType).toBe('application/vnd.oci.image.index.v1+json')
  const image = await build('FROM scratch\nCOPY a /\n', {
    files: { a: '' },
    args: ['--platform', 'linux/amd64', '--annotation', 'manifest[linux/amd64]:a=b', '--annotation', 'a=c'],
  })
  expect(image.manifest.annotations).toEqual({ a: 'b' })
})

test('wishes that cannot be are refused before anything is built', async ({ failBuild }) => {
  for (const [args, message] of [
    [
      ['--platform', 'linux/amd64', '--annotation', 'manifest[linux/arm64]:a=b'],
      'invalid annotation: no platform linux/arm64 found in source',
    ],
    [
      ['--platform', 'linux/amd64', '--annotation', 'index:a=b'],
      'index annotations not supported for single platform export',
    ],
    [
      ['--platform', 'linux/amd64,linux/arm64', '-o', 'type=docker,dest=x'],
      'docker exporter does not currently support exporting manifest lists',
    ],
    [
      ['-o', 'type=image,oci-mediatypes=false,annotation-manifest-descriptor.a=b'],
      'cannot export annotations with "oci-mediatypes=false"',
    ],
  ] as const) {
    // The missing file is not even looked for.
    const { stderr, code } = await failBuild('FROM scratch\nCOPY nowhere /\n', { args: [...args] })
    expect([stderr, code]).toEqual([expect.stringContaining(message), 2])
  }
})

const obstacle = await withoutRun()
describe.skipIf(obstacle !== undefined)(titled('with RUN', obstacle), () => {
  test('what is done for the machine that builds is done once for all platforms', async ({ tryBuild, directory }) => {
    const out = join(directory, 'out')
    const dockerfile = [
      'FROM --platform=$BUILDPLATFORM base AS make',
      'RUN cat /proc/sys/kernel/random/uuid > /id',
      'FROM scratch',
      'ARG TARGETARCH',
      'COPY --from=make /id /$TARGETARCH',
    ].join('\n')
    const { code, stderr } = await tryBuild(dockerfile, {
      args: ['--no-cache', '--platform', 'linux/arm64,linux/amd64,linux/s390x', '-o', out],
    })
    expect(code, stderr).toBe(0)
    const ids = await Promise.all(
      ['arm64', 'amd64', 's390x'].map((arch) => readFile(join(out, `linux_${arch}`, arch), 'utf8')),
    )
    expect(new Set(ids).size).toBe(1)
    expect(stderr.match(/RUN cat .*$/gm)).toHaveLength(1)
  })
})
