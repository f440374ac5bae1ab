import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { openImage } from '../support/open-image.ts'
import { runOrThrow } from '../support/run-program.ts'
import { writeTree } from '../support/write-tree.ts'
import { fullName, test } from './store-test.ts'

test('images, inspect and history agree about one image', async ({ root, run, images }) => {
  const [image] = await images()
  const digest = image?.descriptor.digest ?? ''
  expect(image?.names).toEqual([fullName])
  expect(await run('images')).toContain(fullName)
  expect(await run('images', '-q')).toBe(`${digest}\n`)
  const stored = await openImage(join(root, 'v1/images'), digest)
  const shown: unknown = JSON.parse(await run('inspect', digest.slice(7, 19)))
  expect(shown).toMatchObject({
    names: [fullName],
    digest,
    config: { config: { Env: expect.arrayContaining(['A=1']) } },
  })
  const raw = await run('inspect', '--raw', 'app:1.0')
  expect(raw).toBe(await readFile(join(root, 'v1/images/blobs/sha256', digest.slice(7)), 'utf8'))
  const history: { createdBy: string; size: number }[] = JSON.parse(await run('history', '--json', 'app:1.0'))
  expect(history.map(({ createdBy }) => createdBy)).toEqual(stored.history.toReversed())
  expect(history.map(({ size }) => size)).toEqual([0, stored.manifest.layers[1]?.size, stored.manifest.layers[0]?.size])
})

test('du counts an image once, with all its blobs and names', async ({ run }) => {
  await run('tag', 'app:1.0', 'other:1')
  const usage: { type: string; count: number; size: number }[] = JSON.parse(await run('du', '--json'))
  expect(usage.find(({ type }) => type === 'image')).toMatchObject({ count: 1, size: expect.any(Number) })
})

test('tag gives a name, rm takes one, by digest all', async ({ run, images, names, tryRun }) => {
  await run('tag', 'app:1.0', 'registry.example/team/app')
  expect(await names()).toEqual([fullName, 'registry.example/team/app:latest'])
  expect(await run('rm', 'app:1.0')).toBe(`untagged ${fullName}\n`)
  expect(await names()).toEqual(['registry.example/team/app:latest'])
  expect((await tryRun('rm', 'app:1.0')).code).toBe(1)
  await run('tag', 'registry.example/team/app', 'second')
  const [digest = ''] = (await images()).map(({ descriptor }) => descriptor.digest)
  await run('rm', digest)
  expect(await names()).toEqual([])
  await run('tag', digest, 'again')
  expect(await names()).toEqual(['docker.io/library/again:latest'])
})

test('an unknown or malformed name is refused', async ({ tryRun, names }) => {
  for (const args of [
    ['inspect', 'nothing'],
    ['history', 'nothing'],
    ['save', 'nothing'],
    ['tag', 'nothing', 'x'],
    ['tag', 'app:1.0', 'UP'],
  ]) {
    const { code, stderr } = await tryRun(...args)
    expect([args, code, stderr.startsWith('error: ')]).toEqual([args, 1, true])
  }
  expect(await names()).toEqual([fullName])
})

test('copy goes to a layout and back with the same digest', async ({ run, make, images, names, directory, tryRun }) => {
  const [image] = await images()
  const digest = image?.descriptor.digest ?? ''
  expect(await run('copy', '-q', 'store:app:1.0', 'oci:layout:v1')).toBe(`${digest}\n`)
  expect((await openImage(join(directory, 'layout'))).digest).toBe(digest)
  expect(await run('copy', '-q', 'oci:layout', 'store:back:2')).toBe(`${digest}\n`)
  expect(await names()).toEqual([fullName, 'docker.io/library/back:2'])
  await run('copy', '-q', 'store:app:1.0', 'oci:layout:v2')
  expect(await run('copy', '-q', 'oci:layout', 'store:back:2')).toBe(`${digest}\n`)
  await writeTree(join(directory, 'context'), { Dockerfile: 'FROM scratch\nLABEL other=1\n' })
  await make('-t', 'other:1')
  await run('copy', '-q', 'store:other:1', 'oci:layout:v3')
  expect((await tryRun('copy', '-q', 'oci:layout', 'store:back:3')).stderr).toMatch(
    /has 2 images\nhint: its names are v1, v2, v3/,
  )
})

test('index create names the images of two platforms, copy picks one out', async ({ run, make, images, directory }) => {
  await writeTree(join(directory, 'context'), { Dockerfile: 'FROM scratch\nCOPY a /a\n' })
  for (const architecture of ['amd64', 'arm64'])
    await make('--platform', `linux/${architecture}`, '-t', `part:${architecture}`)
  const digest = (
    await run('index', 'create', '-q', '-t', 'both:1', '--annotation', 'k=v', 'part:amd64', 'part:arm64')
  ).trim()
  const raw: unknown = JSON.parse(await run('index', 'inspect', '--raw', 'both:1'))
  expect(raw).toMatchObject({
    annotations: { k: 'v' },
    manifests: [
      { platform: { os: 'linux', architecture: 'amd64' } },
      { platform: { os: 'linux', architecture: 'arm64' } },
    ],
  })
  expect(await run('index', 'inspect', 'both:1')).toBe(`${digest}\nPLATFORM\nlinux/amd64\nlinux/arm64\n`)
  const both = (await images()).find(({ names }) => names.includes('docker.io/library/both:1'))
  expect(both).toMatchObject({
    descriptor: { digest },
    platforms: [{ architecture: 'amd64' }, { architecture: 'arm64' }],
  })
  await run('copy', '-q', '--platform', 'linux/arm64', 'store:both:1', 'oci:arm')
  expect((await openImage(join(directory, 'arm'))).config.architecture).toBe('arm64')
  await run('rm', 'part:amd64', 'part:arm64')
  await run('prune', '--force')
  await run('copy', '-q', 'store:both:1', 'oci:all')
  expect(await run('history', '--platform', 'linux/arm64', 'both:1')).toContain('COPY a /a')
})

test('prune frees the cache and loses nothing that has a name', async ({
  run,
  make,
  images,
  root,
  tryRun,
  directory,
}) => {
  const usage = async (): Promise<readonly { type: string; count: number; reclaimable: number }[]> =>
    JSON.parse(await run('du', '--json'))
  await make('--label', 'lost=1', '-t', 'lost')
  await run('rm', 'lost')
  const reclaimable = (await usage()).reduce((sum, entry) => sum + entry.reclaimable, 0)
  expect(reclaimable).toBeGreaterThan(0)
  const digests = (await images()).map(({ descriptor }) => descriptor.digest)
  expect(await run('prune', '--force')).toMatch(/^removed [1-9]\d* objects, freed /)
  expect((await images()).map(({ descriptor }) => descriptor.digest)).toEqual(digests)
  await openImage(join(root, 'v1/images'), digests[0])
  expect((await usage()).filter(({ type }) => type === 'layer')).toMatchObject([{ count: 0 }])
  await writeTree(join(directory, 'context'), { Dockerfile: 'FROM app:1.0\nCOPY --from=app:1.0 /a /b\n' })
  await make('-t', 'next', '-o', 'type=oci,tar=false,dest=next')
  expect((await openImage(join(directory, 'next'))).layers.at(-1)?.map(({ line }) => line)).toEqual(['f 644 0:0 b'])
  expect((await tryRun('prune', '-f', '--filter', 'until=1h')).stdout).toContain('removed 0 objects')
})

test('prune --all leaves a store that can be built into again', async ({ run, make, names }) => {
  await run('prune', '--all', '--force')
  expect(await names()).toEqual([])
  await make('-t', 'fresh')
  expect(await names()).toEqual(['docker.io/library/fresh:latest'])
})

test('prune --all --filter chooses images by name and label', async ({ run, tryRun, make, names }) => {
  await make('--label', 'keep=yes', '-t', 'team/web:1', '-t', 'team/web:2')
  await make('--label', 'keep=no', '-t', 'team/api:1', '-t', 'other:1')
  await make('--label', 'a=b', '-t', 'team/api:2')
  const prune = (...filters: readonly string[]): Promise<string> =>
    run('prune', '--all', '--force', '--verbose', ...filters.flatMap((filter) => ['--filter', filter]))
  // Another name of the image does not match, so it stays.
  expect(await prune('reference=team/api:1')).toContain('removed 0 objects')
  expect(await prune('reference=team/api:*', 'label!=keep')).toMatch(/team\/api:2[^]*removed 1 object/)
  expect(await prune('reference=team/*', 'reference=other', 'label=keep=no')).toMatch(/removed 1 object/)
  expect(await names()).toEqual([fullName, 'docker.io/team/web:1', 'docker.io/team/web:2'])
  expect(await prune('label=keep', 'until=1h')).toContain('removed 0 objects')
  expect(await prune('label=keep')).toContain('removed 1 object')
  expect(await names()).toEqual([fullName])
  for (const flags of [[], ['--all', '--filter', 'type=image']])
    expect(await tryRun('prune', '-f', ...flags, '--filter', 'reference=app')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--filter "reference=app" is about'),
    })
})

const skopeoObstacle = withoutPrograms('skopeo')
describe.skipIf(skopeoObstacle !== undefined)(titled('skopeo', skopeoObstacle), () => {
  test('reads the store as a layout', async ({ root, images }) => {
    const [image] = await images()
    const shown: unknown = JSON.parse(
      await runOrThrow('skopeo', ['inspect', `oci:${join(root, 'v1/images')}:${fullName}`]),
    )
    expect(shown).toMatchObject({ Digest: image?.descriptor.digest, Env: expect.arrayContaining(['A=1']) })
  })

  test('writes archives that load takes', async ({ root, run, names, images, directory }) => {
    const stored = `oci:${join(root, 'v1/images')}:${fullName}`
    const { config } = await openImage(join(root, 'v1/images'), (await images())[0]?.descriptor.digest)
    await runOrThrow('skopeo', ['copy', '-q', stored, 'docker-archive:docker.tar:skopeo:docker'], { cwd: directory })
    await runOrThrow('skopeo', ['copy', '-q', stored, 'oci-archive:oci.tar:skopeo:oci'], { cwd: directory })
    for (const kind of ['docker', 'oci']) {
      await run('load', '-i', `${kind}.tar`)
      await run('copy', '-q', `store:skopeo:${kind}`, `oci:${kind}`)
      expect((await openImage(join(directory, kind))).config.rootfs).toEqual(config.rootfs)
    }
    expect(await names()).toEqual([fullName, 'docker.io/library/skopeo:docker', 'docker.io/library/skopeo:oci'])
  })
})

const umociObstacle = withoutPrograms('umoci')
test.skipIf(umociObstacle !== undefined)(
  titled('umoci lists the names of the store', umociObstacle),
  async ({ root, run }) => {
    await run('tag', 'app:1.0', 'second')
    const listed = await runOrThrow('umoci', ['ls', '--layout', join(root, 'v1/images')])
    expect(listed.trim().split('\n').sort()).toEqual([fullName, 'docker.io/library/second:latest'])
  },
)

const podmanObstacle = withoutPrograms('podman') ?? withoutRoot()
test.skipIf(podmanObstacle !== undefined)(
  titled('podman loads what save writes, and load what podman saves', podmanObstacle),
  async ({ run, names, directory, root, images }) => {
    const { config } = await openImage(join(root, 'v1/images'), (await images())[0]?.descriptor.digest)
    const podman = (...args: string[]): Promise<string> =>
      runOrThrow(
        'podman',
        [
          '--root',
          join(directory, 'podman'),
          '--runroot',
          join(directory, 'podman-run'),
          '--storage-driver',
          'vfs',
          ...args,
        ],
        {
          cwd: directory,
        },
      )
    await run('save', '-o', 'ours.tar', 'app:1.0')
    expect(await podman('load', '-i', 'ours.tar')).toContain(fullName)
    for (const format of ['docker-archive', 'oci-archive']) {
      await podman('tag', fullName, `localhost/podman:${format}`)
      await podman('save', '--format', format, '-o', `${format}.tar`, `localhost/podman:${format}`)
      await run('load', '-i', `${format}.tar`)
      await run('copy', '-q', `store:localhost/podman:${format}`, `oci:${format}`)
      expect((await openImage(join(directory, format))).config.rootfs).toEqual(config.rootfs)
    }
    expect(await names()).toHaveLength(3)
  },
)
