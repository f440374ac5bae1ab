import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { titled, withoutPrograms } from '../support/obstacle.ts'
import { readArchive } from '../support/read-archive.ts'
import { runOrThrow } from '../support/run-program.ts'
import { test } from '../support/test.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'
import { readFile } from 'node:fs/promises'
import { documentOf, rootsOf, statementsOf } from './read-layout.ts'

const artifactType = 'application/vnd.docker.attestation.manifest.v1+json'
const dockerfile = 'FROM scratch\nCOPY a /d/a\n'
const request = { files: { a: 'hello' }, env: { SOURCE_DATE_EPOCH: '1700000000' } }

test('no statements by default: one platform is one manifest', async ({ tryBuild }) => {
  const { layout, code } = await tryBuild(dockerfile, request)
  expect(code).toBe(0)
  expect((await rootsOf(layout)).map(({ mediaType }) => mediaType)).toEqual([
    'application/vnd.oci.image.manifest.v1+json',
  ])
})

test('beside the image: it keeps its digest, and a further root refers to it', async ({ tryBuild }) => {
  const [plain] = await rootsOf((await tryBuild(dockerfile, request)).layout)
  const { layout } = await tryBuild(dockerfile, { ...request, args: ['--provenance=true', '-t', 'app:1'] })
  const [image, attestation, ...others] = await rootsOf(layout)
  expect([image?.digest, attestation?.artifactType, others]).toEqual([plain?.digest, artifactType, []])
  expect(attestation?.annotations).toBeUndefined()
  const { subject, layers } = await documentOf(layout, attestation?.digest)
  expect(subject?.digest).toBe(image?.digest)
  expect(layers.map(({ annotations }) => annotations)).toEqual([
    { 'in-toto.io/predicate-type': 'https://slsa.dev/provenance/v1' },
  ])
  const [statement] = await statementsOf(layout, attestation?.digest)
  expect(statement).toMatchObject({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      { name: 'pkg:docker/app@1?platform=linux%2Famd64', digest: { sha256: image?.digest.slice('sha256:'.length) } },
    ],
  })
})

test('building again into a layout replaces the image and its statements', async ({ base, store, directory }) => {
  const layout = join(directory, 'layout')
  const build = async (text: string): Promise<void> => {
    await writeTree(join(directory, text), { Dockerfile: dockerfile, a: text })
    const { code, stderr } = await tsbuild(
      [
        '--build-context',
        `base=oci-layout://${base}:latest`,
        '--provenance=mode=min',
        '-o',
        `type=oci,tar=false,dest=${layout}`,
        text,
      ],
      { root: store, cwd: directory },
    )
    expect(code, stderr).toBe(0)
  }
  await build('one')
  await build('two')
  const roots = await rootsOf(layout)
  const images = roots.filter((root) => root.artifactType === undefined)
  const subjects = await Promise.all(
    roots
      .filter((root) => root.artifactType !== undefined)
      .map(async ({ digest }) => (await documentOf(layout, digest)).subject?.digest),
  )
  expect([images.length, subjects]).toEqual([1, images.map(({ digest }) => digest)])
})

test('attestation-inline=true makes an index as buildx does', async ({ store, directory }) => {
  await writeTree(join(directory, 'context'), { Dockerfile: dockerfile, a: 'hello' })
  const layout = join(directory, 'layout')
  const output = `type=oci,tar=false,dest=${layout},attestation-inline=true`
  const args = [
    '--platform',
    'linux/amd64,linux/arm64',
    '--provenance=mode=min',
    '-o',
    output,
    '--annotation',
    'index:a=b',
    'context',
  ]
  const { code, stderr } = await tsbuild(args, { root: store, cwd: directory })
  expect(code, stderr).toBe(0)
  const [root, ...others] = await rootsOf(layout)
  expect(others).toEqual([])
  const { manifests } = await documentOf(layout, root?.digest)
  expect(manifests.map(({ platform }) => platform?.architecture)).toEqual(['amd64', 'arm64', 'unknown', 'unknown'])
  for (const [index, { digest, annotations }] of manifests.slice(2).entries()) {
    expect(annotations).toEqual({
      'vnd.docker.reference.digest': manifests[index]?.digest,
      'vnd.docker.reference.type': 'attestation-manifest',
    })
    expect((await documentOf(layout, digest)).subject?.digest).toBe(manifests[index]?.digest)
  }
})

test('oci-artifact=false is dressed as an image, which only an index leads to', async ({ store, directory }) => {
  await writeTree(join(directory, 'context'), { Dockerfile: dockerfile, a: 'hello' })
  const layout = join(directory, 'layout')
  const output = `type=oci,tar=false,dest=${layout},oci-artifact=false`
  expect(await tsbuild(['--provenance=true', '-o', output, 'context'], { root: store, cwd: directory })).toMatchObject({
    code: 0,
  })
  const [root] = await rootsOf(layout)
  const { manifests } = await documentOf(layout, root?.digest)
  const attestation = await documentOf(layout, manifests[1]?.digest)
  expect([attestation.artifactType, attestation.subject, attestation.layers.length]).toEqual([undefined, undefined, 1])
})

test.for([
  [
    ['--provenance=true', '-o', 'type=image,oci-mediatypes=false'],
    'cannot export attestations with "oci-mediatypes=false"',
  ],
  [
    ['-o', 'type=image,oci-mediatypes=false,oci-artifact=true'],
    'exporter option "oci-artifact=true" conflicts with "oci-mediatypes=false"',
  ],
  [['--provenance=complete-materials=true'], 'provenance materials are incomplete: local sources: context, dockerfile'],
] as const)('%j is refused before anything is built', async ([args, message], { store, directory }) => {
  await writeTree(join(directory, 'context'), { Dockerfile: 'FROM scratch\nRUN never\nCOPY a /\n', a: '' })
  const { code, stderr } = await tsbuild([...args, 'context'], { root: store, cwd: directory })
  expect(code).not.toBe(0)
  expect(stderr).toContain(message)
  expect(stderr).not.toContain('never')
})

test('an archive for docker has none, and says so', async ({ store, directory }) => {
  await writeTree(join(directory, 'context'), { Dockerfile: dockerfile, a: 'hello' })
  const args = ['--provenance=true', '--progress=plain', '-o', 'type=docker,dest=image.tar', 'context']
  const { code, stderr } = await tsbuild(args, { root: store, cwd: directory })
  expect([code, /no attestations/.test(stderr)]).toEqual([0, true])
  const names = (await readArchive(await readFile(join(directory, 'image.tar')))).map(({ line }) => line)
  expect(names.filter((line) => /blobs\/sha256\/\w/.test(line))).toHaveLength(3)
})

test('files: statements lie beside them, about each of them', async ({ store, directory }) => {
  await writeTree(join(directory, 'context'), { Dockerfile: dockerfile, a: 'hello' })
  const run = async (...args: readonly string[]): Promise<void> => {
    const { code, stderr } = await tsbuild([...args, 'context'], { root: store, cwd: directory })
    expect(code, stderr).toBe(0)
  }
  const platforms = ['--platform', 'linux/amd64,linux/arm64']
  await run('--provenance=mode=min', '-o', 'type=local,dest=one,attestation-prefix=a-')
  await run('--provenance=mode=min', ...platforms, '-o', 'split')
  await run('--provenance=mode=min,inline-only=true', '-o', 'without')
  const statement: { subject: unknown } = JSON.parse(await readFile(join(directory, 'one/a-provenance.json'), 'utf8'))
  const sha256 = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824'
  expect(statement.subject).toEqual([{ name: 'd/a', digest: { sha256 } }])
  for (const folder of ['linux_amd64', 'linux_arm64']) {
    expect(await readFile(join(directory, 'split', folder, 'provenance.json'), 'utf8')).toContain('"d/a"')
  }
  await expect(readFile(join(directory, 'without/provenance.json'))).rejects.toThrow('ENOENT')
})

test('files of several platforms in one place: the names tell them apart', async ({ store, directory }) => {
  await writeTree(join(directory, 'context'), {
    Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY a /$TARGETARCH\n',
    a: 'hello',
  })
  const args = [
    '--provenance=mode=min',
    '--platform',
    'linux/amd64,linux/arm64',
    '-o',
    'type=local,dest=out,platform-split=false',
    'context',
  ]
  const { code, stderr } = await tsbuild(args, { root: store, cwd: directory })
  expect(code, stderr).toBe(0)
  for (const arch of ['amd64', 'arm64']) {
    const { subject }: { subject: { name: string }[] } = JSON.parse(
      await readFile(join(directory, `out/provenance.linux_${arch}.json`), 'utf8'),
    )
    expect(subject.map(({ name }) => name)).toEqual([arch])
  }
})

const tools = withoutPrograms('skopeo', 'umoci')
describe.skipIf(tools !== undefined)(titled('other tools', tools), () => {
  test('find the image by its name where attestations lie beside it', async ({ tryBuild }) => {
    const { layout } = await tryBuild(dockerfile, { ...request, args: ['--provenance=true', '-t', 'app:1'] })
    const [image] = await rootsOf(layout)
    expect(JSON.parse(await runOrThrow('skopeo', ['inspect', `oci:${layout}:1`]))).toMatchObject({
      Digest: image?.digest,
    })
    expect(await runOrThrow('umoci', ['stat', '--image', `${layout}:1`])).toContain('COPY a /d/a')
  })

  test('find an image without a name as latest, in an archive too; inline they need none', async ({
    store,
    directory,
  }) => {
    await writeTree(join(directory, 'context'), { Dockerfile: dockerfile, a: 'hello' })
    const inspect = async (keys: string, name: string): Promise<unknown> => {
      const args = ['--provenance=true', '-o', `type=oci,dest=image.tar${keys}`, 'context']
      expect(await tsbuild(args, { root: store, cwd: directory })).toMatchObject({ code: 0 })
      return JSON.parse(await runOrThrow('skopeo', ['inspect', `oci-archive:${join(directory, 'image.tar')}${name}`]))
    }
    for (const told of [await inspect('', ':latest'), await inspect(',attestation-inline=true', '')]) {
      expect(told).toMatchObject({ Os: 'linux', Layers: [expect.any(String)] })
    }
  })
})
