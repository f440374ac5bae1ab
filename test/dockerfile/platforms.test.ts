import { lstat, mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { build as buildInProcess, type BuildOptions, type BuildResult } from '../../src/index.ts'
import { titled } from '../support/obstacle.ts'
import { openImage, readLayoutIndex } from '../support/open-image.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { test } from '../support/edge.ts'
import { writeTree } from '../support/write-tree.ts'

interface Index {
  readonly mediaType: string
  readonly manifests: readonly { readonly digest: string; readonly platform: unknown }[]
}

async function indexIn(layout: string): Promise<Index> {
  const [root] = await readLayoutIndex(layout)
  return JSON.parse(await readFile(join(layout, 'blobs', ...(root?.digest ?? '').split(':')), 'utf8'))
}

const platforms = ['linux/amd64', 'linux/arm64']
const indexType = 'application/vnd.oci.image.index.v1+json'

/** Builds one file for the platforms into outputs that are no single image. */
async function buildFile(
  { directory, root }: { readonly directory: string; readonly root: string },
  options: Partial<BuildOptions>,
): Promise<BuildResult> {
  const context = join(directory, 'context')
  await writeTree(context, { f: 'f' })
  return buildInProcess({ context, dockerfile: { text: 'FROM scratch\nCOPY f /\n' }, root, ...options })
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

test('119: one platform is a plain manifest, several are an index', async ({ directory, root }) => {
  const layout = join(directory, 'image')
  const outputs = [{ kind: 'oci', dest: layout, tar: false, names: [] }] as const
  const one = await buildFile({ directory, root }, { outputs, platforms: ['linux/amd64'] })
  expect(one.mediaType).toBe('application/vnd.oci.image.manifest.v1+json')
  const several = await buildFile({ directory, root }, { outputs: [{ ...outputs[0], dest: `${layout}-2` }], platforms })
  expect(several.mediaType).toBe(indexType)
  const { manifests } = await indexIn(`${layout}-2`)
  for (const { digest } of manifests) expect((await openImage(`${layout}-2`, digest)).layers).toHaveLength(1)
  expect(manifests.map(({ platform }) => platform)).toEqual([
    { architecture: 'amd64', os: 'linux' },
    { architecture: 'arm64', os: 'linux' },
  ])
})

test('120: several platforms are directories of their own', async ({ directory, root }) => {
  const dest = join(directory, 'out')
  await buildFile({ directory, root }, { outputs: [{ kind: 'local', dest, mode: 'copy' }], platforms })
  expect(await readdir(dest, { recursive: true })).toEqual(expect.arrayContaining(['linux_amd64/f', 'linux_arm64/f']))
  const single = join(directory, 'single')
  await buildFile({ directory, root }, { outputs: [{ kind: 'local', dest: single, mode: 'copy' }] })
  expect(await readdir(single)).toEqual(['f'])
  expect((await lstat(join(single, 'f'))).uid).toBe(process.getuid?.())
})

test('121: an index can be annotated where there is one', async ({ directory, root }) => {
  const dest = join(directory, 'image')
  const outputs = [{ kind: 'oci', dest, tar: false }] as const
  const annotations = [{ key: 'a', value: 'b', target: 'index' }] as const
  await expect(buildFile({ directory, root }, { outputs, annotations })).rejects.toThrow(
    'index annotations not supported for single platform export',
  )
  const { digest = '' } = await buildFile({ directory, root }, { outputs, annotations, platforms })
  expect(JSON.parse(await readFile(join(dest, 'blobs', ...digest.split(':')), 'utf8'))).toMatchObject({
    annotations: { a: 'b' },
  })
})

test('123: an archive for docker load is for one platform', async ({ directory, root }) => {
  const outputs = [{ kind: 'docker', dest: join(directory, 'image.tar'), tar: true, names: ['x'] }] as const
  await expect(buildFile({ directory, root }, { outputs, platforms })).rejects.toThrow(
    'docker exporter does not currently support exporting manifest lists',
  )
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
    expect(stderr.match(/^#.*RUN cat .*$/gm)).toHaveLength(1)
  })
})
