import { expect, test } from 'vitest'
import { MemoryContent, oneChunk } from '@tsbuild/content'
import { TsbuildError } from '@tsbuild/errors'
import { type Descriptor, mediaTypes } from '@tsbuild/oci'
import { call } from '../../testing/invocation.ts'
import type { PruneResult } from '../../../store/objects/prune.ts'
import type { StoredObject } from '../../../store/objects/stored-object.ts'
import { callOnStore, storedImage } from '../../testing/store.ts'

const { descriptor } = storedImage
const { digest } = descriptor

test('images: a row for each name, the store closed again', async () => {
  const nameless = { ...storedImage, names: [], created: '2001-01-01T00:00:00Z' }
  const { status, stdout, closed } = await callOnStore(['images'], { images: async () => [storedImage, nameless] })
  expect([status, closed]).toEqual([0, true])
  expect(stdout.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
    ['NAME', 'DIGEST', 'CREATED', 'SIZE', 'PLATFORMS'],
    ['docker.io/library/app:1', 'abababababab', '12MB', 'linux/amd64'],
    ['r.example/app:1', 'abababababab', '12MB', 'linux/amd64'],
    ['<none>', 'abababababab', expect.stringMatching(/years ago/), '12MB', 'linux/amd64'],
    [''],
  ])
  expect((await callOnStore(['images', '-q'], { images: async () => [storedImage] })).stdout).toBe(`${digest}\n`)
  expect(JSON.parse((await callOnStore(['images', '--json'], { images: async () => [storedImage] })).stdout)).toEqual([
    storedImage,
  ])
})

test('history: newest first, layers matched with the steps that made them', async () => {
  const layer = { mediaType: 'l', digest, size: 2_000_000 }
  const config = {
    os: 'linux',
    architecture: 'amd64',
    rootfs: { type: 'layers', diff_ids: [digest] },
    history: [{ created_by: 'ENV A=1', empty_layer: true }, { created_by: `RUN ${'x'.repeat(100)}\n  y` }],
  } as const
  const documents = async () => ({ descriptor, raw: new Uint8Array(), layers: [layer], config })
  const { stdout } = await callOnStore(['history', 'app'], { documents })
  expect(stdout.split('\n').map((line) => line.trim())).toEqual([
    'CREATED  SIZE   STEP',
    `2.0MB  RUN ${'x'.repeat(75)}…`,
    '0B     ENV A=1',
    '',
  ])
  expect((await callOnStore(['history', '--full', 'app'], { documents })).stdout).toContain(`${'x'.repeat(100)} y`)
})

test('inspect: the documents as JSON, or the manifest as it is', async () => {
  const content = new MemoryContent()
  const add = async (mediaType: string, text: string): Promise<Descriptor> => ({
    mediaType,
    ...(await content.ingest(oneChunk(Buffer.from(text)))),
  })
  const config = await add(
    mediaTypes.ociConfig,
    '{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]}}',
  )
  const raw = JSON.stringify({ schemaVersion: 2, config, layers: [] })
  const image = await add(mediaTypes.ociManifest, raw)
  const source = {
    name: 'app',
    descriptor: image,
    content: Object.assign(content, { referrers: async () => [], refer: async () => {} }),
  }
  const answers = {
    open: async () => ({ ...source, [Symbol.asyncDispose]: async () => {} }),
    resolve: async () => storedImage,
  }
  expect(JSON.parse((await callOnStore(['inspect', 'app'], answers)).stdout)).toMatchObject({
    digest: image.digest,
    names: storedImage.names,
  })
  expect((await callOnStore(['inspect', '--raw', 'app'], answers)).stdout).toBe(raw)
  expect((await callOnStore(['inspect', '--config', 'app'], answers)).stdout).toContain('"os":"linux"')
})

test('an image that is not there ends with 1 and closes the store', async () => {
  const error = new TsbuildError('NOT_FOUND', 'no image "app"', { hint: 'tsbuild images lists them' })
  const outcome = await callOnStore(['history', 'app'], { documents: () => Promise.reject(error) })
  expect(outcome).toEqual({
    status: 1,
    stdout: '',
    stderr: 'error: no image "app"\nhint: tsbuild images lists them\n',
    closed: true,
  })
})

test('tag and rm', async () => {
  const tagged: unknown[] = []
  await callOnStore(['tag', 'app', 'other:1'], { tag: async (...names) => void tagged.push(names) })
  expect(tagged).toEqual([['app', 'other:1']])
  const { stdout } = await callOnStore(['rm', 'a', 'b'], { untag: async (name) => [`${name}:1`, `${name}:2`] })
  expect(stdout).toBe('untagged a:1\nuntagged a:2\nuntagged b:1\nuntagged b:2\n')
})

const used = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString()
const objects: readonly StoredObject[] = [
  { type: 'image', id: digest, size: 3_000_000, lastUsed: used(0), state: 'named', names: ['app:1'] },
  { type: 'layer', id: `sha256:${'cd'.repeat(32)}`, size: 1_000_000, lastUsed: used(2), state: 'unused' },
  { type: 'layer', id: `sha256:${'ef'.repeat(32)}`, size: 500_000, lastUsed: used(0), state: 'in-use' },
  { type: 'mount', id: 'ab'.repeat(16), size: 250_000, lastUsed: used(40), state: 'unused' },
]

test('du: sums by type and age, or every object', async () => {
  const filters: unknown[] = []
  const answers = {
    objects: async (filter: unknown) => {
      filters.push(filter)
      return objects
    },
  }
  const { stdout } = await callOnStore(['du', '--filter', 'type=mount', '--filter', 'type=regular'], answers)
  const rows = stdout.split('\n').map((line) => line.split(/ {2,}/).slice(0, 4))
  expect(rows).toContainEqual(['layer', '2', '1.5MB', '1.0MB'])
  expect(rows).toContainEqual(['total', '4', '4.8MB', '1.3MB'])
  expect(rows).toContainEqual(['1 to 7 days', '1', '1.0MB'])
  expect(rows).toContainEqual(['over 30 days', '1', '250kB'])
  expect(filters).toEqual([{ types: ['mount', 'layer', 'unpacked', 'rootfs', 'index', 'record'] }])
  const verbose = (await callOnStore(['du', '-v'], answers)).stdout.split('\n').map((line) => line.split(/ {2,}/))
  expect(verbose).toContainEqual(['mount', 'abababababab', '250kB', '1 month ago', 'unused'])
  expect(JSON.parse((await callOnStore(['du', '-v', '--json'], answers)).stdout)).toEqual(objects)
  expect(JSON.parse((await callOnStore(['du', '--json'], answers)).stdout)).toContainEqual(
    expect.objectContaining({ type: 'layer', count: 2, size: 1_500_000, reclaimable: 1_000_000 }),
  )
})

test('prune passes its bounds and filters on', async () => {
  const requests: unknown[] = []
  const result = { removed: 1, freed: 1500, objects: objects.slice(1, 2), kept: [], inUse: { count: 2, size: 3000 } }
  const prune = async (request: unknown): Promise<PruneResult> => {
    requests.push(request)
    return result
  }
  expect(await callOnStore(['prune', '-f'], { prune })).toMatchObject({
    stdout: 'removed 1 object, freed 1.5kB\n',
    stderr: '2 objects of 3.0kB stay: running builds use them\n',
  })
  const bounds = ['--keep-storage', '1k', '--max-used-space', '2k', '--min-free-space', '3k']
  const { stdout } = await callOnStore(['prune', '-an', '--filter', 'unused-for=2h', ...bounds], { prune })
  expect(stdout).toMatch(/^TYPE .*\nlayer .*\n\nwould remove 1 object, free 1.5kB\n$/)
  expect(requests).toEqual([
    { all: false, dryRun: false },
    {
      all: true,
      dryRun: true,
      filter: { unusedFor: 7200 },
      reservedSpace: 1024,
      maxUsedSpace: 2048,
      minFreeSpace: 3072,
    },
  ])
  for (const filter of ['until=long', 'type=frontend', 'shared=true', 'id!=x', 'mount'])
    expect((await callOnStore(['prune', '-f', '--filter', filter], { prune })).stderr).toContain(`--filter "${filter}"`)
})

test('prune without a terminal does not ask', async () => {
  expect(await callOnStore(['prune'], {})).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('hint: add --force, or --dry-run'),
  })
})

test('push and pull take names, copy takes both ends', async () => {
  const calls: unknown[] = []
  const noting =
    (call: string) =>
    async (...given: readonly unknown[]) => {
      const { platform, insecure } = given.at(-1) as { platform?: string; insecure: boolean }
      calls.push([call, ...given.slice(0, -1), platform, insecure])
      return descriptor
    }
  const store = { push: noting('push'), pull: noting('pull'), copy: noting('copy') }
  const pushed = await callOnStore(['push', '-q', 'r.example/a', '--insecure'], store)
  expect(pushed).toMatchObject({ status: 0, stdout: `r.example/a@${digest}\n`, stderr: '' })
  await callOnStore(['pull', '--platform', 'linux/arm64', 'b'], store)
  await callOnStore(['pull', '--all-platforms', 'b'], store)
  expect((await callOnStore(['copy', 'store:a', 'oci:/out:v1'], store)).stdout).toBe(`${digest}\n`)
  expect(calls).toEqual([
    ['push', 'r.example/a', undefined, true],
    ['pull', 'b', 'linux/arm64', false],
    ['pull', 'b', undefined, false],
    ['copy', { kind: 'store', reference: 'a' }, [{ kind: 'layout', directory: '/out', tag: 'v1' }], undefined, false],
  ])
})

test('save writes the bytes, load reads them', async () => {
  async function* archive(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('ar')
    yield Buffer.from('chive')
  }
  const saved: unknown[] = []
  const save = (...request: unknown[]) => {
    saved.push(request)
    return archive()
  }
  expect((await callOnStore(['save', '--format', 'oci', 'a', 'b'], { save })).stdout).toBe('archive')
  expect(saved).toEqual([[['a', 'b'], 'oci']])
  const { stdout } = await callOnStore(['load', '-i', import.meta.filename], {
    load: async (bytes) => [`${(await text(bytes)).length > 0}`],
  })
  expect(stdout).toBe('loaded true\n')
})

test('index create stores, pushes or prints, index inspect lists', async () => {
  const asked: unknown[] = []
  const createIndex = async (request: unknown) => {
    asked.push(request)
    return { digest, size: 2, raw: Buffer.from('{}') }
  }
  const create = async (...argv: readonly string[]) =>
    (await callOnStore([...argv, '-t', 'r.example/a', 'x', 'y'], { createIndex })).stdout
  expect(await create('index', 'create', '--annotation', 'k=v')).toBe(`${digest}\n`)
  expect(await create('index', 'create', '--push', '--annotation', 'index:k=v')).toBe(`${digest}\n`)
  expect(await create('imagetools', 'create', '--append', '-t', 'r.example/b', '--dry-run')).toBe('{}')
  const names = ['r.example/a']
  expect(asked).toEqual([
    { names, sources: ['x', 'y'], annotations: { k: 'v' }, to: 'store', fromRegistry: false },
    { names, sources: ['x', 'y'], annotations: { k: 'v' }, to: 'registry', fromRegistry: false },
    {
      names: ['r.example/b', 'r.example/a'],
      sources: ['r.example/b', 'x', 'y'],
      annotations: {},
      to: 'nowhere',
      fromRegistry: true,
    },
  ])
  expect((await call(['index', 'create', 'x'])).stderr).toContain('missing --tag')
  expect((await call(['index', 'create', '-t', 'a', '--annotation', 'manifest:k=v', 'x'])).stderr).toContain(
    'only annotations of the index',
  )
  const shown = await callOnStore(['index', 'inspect', 'r.example/a'], { resolve: async () => storedImage })
  expect(shown.stdout).toBe(`${digest}\nPLATFORM\nlinux/amd64\n`)
  expect((await call(['index'])).status).toBe(2)
})

test('doctor says what works and why not; nothing at all is 3', async () => {
  const rungs = [
    { name: 'root', available: false, reason: 'no CAP_SYS_ADMIN', hint: 'run as root' },
    { name: 'userns', available: true, loses: 'colours', network: [['default', 'reaches loopback services']] as const },
  ]
  const onRequest = [
    { name: 'oci:crun', available: false, reason: 'crun is not installed', hint: 'install the package crun' },
  ]
  const places = [{ name: 'docker', evidence: '/.dockerenv' }] as const
  const changes = [
    { place: 'docker', words: ['--privileged'] },
    { place: 'kubernetes', words: ['privileged: true'] },
  ] as const
  const improvement = { rung: 'root', obstacles: ['sys-admin'], changes } as const
  const facts = [['store', '/s']] as const
  const limits = [['--memory', 'work, by a control group']] as const
  const engine = { diagnose: async () => ({ rungs, onRequest, chosen: 'userns', places, improvement, limits, facts }) }
  const { status, stdout } = await call(['doctor'], { engine })
  expect(status).toBe(0)
  expect(stdout).toMatch(
    /isolated with "userns"[\s\S]*root +refused: no CAP_SYS_ADMIN\n +run as root\n +> userns +works[\s\S]*--isolation:\n +oci:crun +refused: crun is not installed\n +install the package crun\n[\s\S]*--network:\n +default +reaches loopback services\n[\s\S]*Limits of RUN:\n +--memory\n +work, by a control group\n[\s\S]*store +\/s/,
  )
  expect(stdout).toMatch(/^lost on it: colours$/m)
  expect(stdout).toContain('Smallest change for "root" (-v: in other systems):\n  Docker:\n    --privileged\n\n')
  expect((await call(['doctor', '-v'], { engine })).stdout).toContain(
    '--privileged\n  Kubernetes:\n    privileged: true\n',
  )
  expect(JSON.parse((await call(['doctor', '--json'], { engine })).stdout)).toEqual(await engine.diagnose())
  expect(
    (
      await call(['doctor'], {
        engine: { diagnose: async () => ({ rungs: [], onRequest: [], places, limits: [], facts: [] }) },
      })
    ).status,
  ).toBe(3)
})

test('doctor judges the isolation that the caller names', async () => {
  const rungs = [
    { name: 'root', available: true },
    { name: 'chroot', available: true },
  ]
  const engine = {
    diagnose: async ({ wanted }: { readonly wanted?: string }) => ({
      ...{ rungs, onRequest: [], places: [], limits: [], facts: [] },
      ...(wanted !== undefined && { wanted }),
      ...(wanted === 'chroot' && { chosen: wanted }),
    }),
  }
  const named = await call(['doctor', '--isolation', 'chroot'], { engine })
  expect(named.stdout).toMatch(/^RUN is isolated with "chroot", as --isolation or TSBUILD_ISOLATION says\n[^]*> chroot/)
  const refused = await call(['doctor'], { engine, env: { TSBUILD_ISOLATION: 'confined' } })
  expect(refused.stdout).toMatch(/^RUN cannot be isolated with "confined" here/)
  expect(refused.status).toBe(3)
  expect((await call(['doctor', '--store', '--isolation', 'root'], { engine })).stderr).toContain('--store')
})

async function text(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of bytes) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
