import { mkdir, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { openImage, readLayoutIndex } from '../support/open-image.ts'
import { readArchive } from '../support/read-archive.ts'
import { runOrThrow } from '../support/run-program.ts'
import { test as buildTest } from '../support/test.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

/** `tsbuild ARGUMENTS CONTEXT` in a directory that has a context with one file. */
const test = buildTest.extend<{ run: (...args: string[]) => Promise<{ stdout: string; stderr: string }> }>({
  run: async ({ store, directory }, use) => {
    await writeTree(join(directory, 'context'), {
      Dockerfile: 'FROM scratch\nCOPY a /x/a\nCMD ["/x/a"]\n',
      a: { text: 'hello', mode: 0o755 },
    })
    await use(async (...args) => {
      const result = await tsbuild([...args, 'context'], { root: store, cwd: directory })
      if (result.code !== 0) throw new Error(`The build ended with ${result.code}: ${result.stderr}`)
      return result
    })
  },
})

test('type=oci is a tar of a layout', async ({ run, directory }) => {
  await run('-t', 'registry.example/app:1.0', '-o', 'type=oci,dest=image.tar')
  await mkdir(join(directory, 'layout'))
  await runOrThrow('tar', ['-xf', 'image.tar', '-C', 'layout'], { cwd: directory })
  const [descriptor] = await readLayoutIndex(join(directory, 'layout'))
  expect(descriptor?.annotations).toMatchObject({
    'org.opencontainers.image.ref.name': '1.0',
    'io.containerd.image.name': 'registry.example/app:1.0',
  })
  const image = await openImage(join(directory, 'layout'))
  expect(image.manifest.mediaType).toBe('application/vnd.oci.image.manifest.v1+json')
  expect(image.layers[0]?.map(({ line }) => line)).toEqual(['d 755 0:0 x/', 'f 755 0:0 x/a'])
})

test('a layout directory is added to', async ({ run, directory }) => {
  await run('-t', 'app:1', '-o', 'type=oci,tar=false,dest=layout')
  await run('-t', 'app:2', '--label', 'two=2', '-o', 'type=oci,tar=false,dest=layout')
  const index = await readLayoutIndex(join(directory, 'layout'))
  expect(index.map(({ annotations }) => annotations?.['org.opencontainers.image.ref.name'])).toEqual(['1', '2'])
  for (const { digest } of index) expect((await openImage(join(directory, 'layout'), digest)).layers).toHaveLength(1)
})

test('type=docker has the manifest docker load wants', async ({ run, directory }) => {
  await run('-t', 'app:1', '-o', 'type=docker,dest=image.tar')
  const entries = await readArchive(await readFile(join(directory, 'image.tar')))
  const manifest: unknown = JSON.parse(
    entries.find(({ path }) => path === 'manifest.json')?.content.toString('utf8') ?? 'null',
  )
  const paths = entries.map(({ path }) => path)
  expect(manifest).toMatchObject([{ RepoTags: [expect.stringMatching(/^(docker\.io\/library\/)?app:1$/)] }])
  for (const path of JSON.stringify(manifest).match(/blobs\/sha256\/[0-9a-f]{64}/g) ?? []) expect(paths).toContain(path)
})

test('type=local writes files of the caller, with their modes', async ({ run, directory }) => {
  await run('-o', 'out')
  expect(await readFile(join(directory, 'out/x/a'), 'utf8')).toBe('hello')
  const { mode, uid } = await stat(join(directory, 'out/x/a'))
  expect([mode & 0o7777, uid]).toEqual([0o755, process.getuid?.()])
})

test('type=tar is the file system', async ({ run, directory }) => {
  await run('-o', 'type=tar,dest=rootfs.tar')
  const entries = await readArchive(await readFile(join(directory, 'rootfs.tar')))
  expect(entries.map(({ line }) => line)).toEqual(['d 755 0:0 x/', 'f 755 0:0 x/a'])
})

test('several outputs of one build', async ({ run, directory }) => {
  await run('-o', 'type=oci,tar=false,dest=layout', '-o', 'type=tar,dest=rootfs.tar', '-o', 'out')
  expect((await readdir(directory)).sort()).toEqual(['context', 'layout', 'out', 'rootfs.tar'])
})

test('compression is a choice, the file system is not', async ({ run, directory }) => {
  const diffIds = []
  for (const compression of ['uncompressed', 'gzip', 'zstd']) {
    await run('-o', `type=oci,tar=false,dest=${compression},compression=${compression}`)
    const image = await openImage(join(directory, compression))
    const suffix = compression === 'uncompressed' ? '' : `+${compression}`
    expect(image.manifest.layers[0]?.mediaType).toBe(`application/vnd.oci.image.layer.v1.tar${suffix}`)
    diffIds.push(image.config.rootfs.diff_ids)
  }
  expect(new Set(diffIds.map((ids) => ids.join())).size).toBe(1)
})

test('media types of Docker', async ({ run, directory }) => {
  await run('-o', 'type=docker,tar=false,dest=layout,oci-mediatypes=false')
  const { manifest } = await openImage(join(directory, 'layout'))
  expect(manifest.mediaType).toBe('application/vnd.docker.distribution.manifest.v2+json')
  expect(manifest.config.mediaType).toBe('application/vnd.docker.container.image.v1+json')
  expect(manifest.layers[0]?.mediaType).toBe('application/vnd.docker.image.rootfs.diff.tar.gzip')
})

test('--iidfile, --metadata-file and -q', async ({ run, directory }) => {
  const { stdout } = await run(
    '-q',
    '--iidfile',
    'iid',
    '--metadata-file',
    'metadata.json',
    '-t',
    'app:1',
    '-o',
    'type=oci,tar=false,dest=layout',
  )
  const image = await openImage(join(directory, 'layout'))
  const metadata: unknown = JSON.parse(await readFile(join(directory, 'metadata.json'), 'utf8'))
  expect(metadata).toMatchObject({
    'containerimage.digest': image.digest,
    'containerimage.config.digest': image.manifest.config.digest,
    'containerimage.descriptor': { mediaType: image.manifest.mediaType, digest: image.digest },
  })
  const iid = await readFile(join(directory, 'iid'), 'utf8')
  expect([image.digest, image.manifest.config.digest]).toContain(iid)
  expect(stdout.trim()).toBe(iid)
})

test('annotations', async ({ run, directory }) => {
  await run('--annotation', 'org.example.a=b', '-o', 'type=oci,tar=false,dest=layout')
  expect((await openImage(join(directory, 'layout'))).manifest.annotations).toEqual({ 'org.example.a': 'b' })
})

test('without an output the image is in the local store, under its names', async ({ run, store }) => {
  await run('-t', 'registry.example/team/app:1.0')
  const { code, stdout } = await tsbuild(['images'], { root: store })
  expect(code).toBe(0)
  expect(stdout).toContain('registry.example/team/app')
})

test('exit codes: a wrong call is 2', async ({ store, directory }) => {
  expect((await tsbuild(['--no-such-flag', '.'], { root: store, cwd: directory })).code).toBe(2)
  expect((await tsbuild(['-o', 'type=nonsense,dest=x', '.'], { root: store, cwd: directory })).code).toBe(2)
})
