import { mkdir, readFile, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { openImage, readLayoutIndex } from '../support/open-image.ts'
import { readArchive } from '../support/read-archive.ts'
import { runOrThrow } from '../support/run-program.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'
import { fullName, test } from './store-test.ts'

test('save and load: oci keeps the digest, docker the file system', async ({ run, images, names, directory, root }) => {
  const [before] = await images()
  const config = (await openImage(join(root, 'v1/images'), before?.descriptor.digest)).config
  for (const format of ['oci', 'docker']) {
    await run('save', '--format', format, '-o', `${format}.tar`, 'app:1.0')
    const paths = (await readArchive(await readFile(join(directory, `${format}.tar`)))).map(({ path }) => path)
    expect(paths.includes('manifest.json')).toBe(format === 'docker')
    const other = join(directory, `store-${format}`)
    const loaded = await tsbuild(['load', '-i', `${format}.tar`], { root: other, cwd: directory })
    expect(loaded).toMatchObject({ code: 0, stdout: `loaded ${fullName}\n` })
    const [descriptor] = await readLayoutIndex(join(other, 'v1/images'))
    expect(descriptor?.digest).toBe(before?.descriptor.digest)
    expect((await openImage(join(other, 'v1/images'))).config).toEqual(config)
  }
  expect((await readdir(directory)).filter((name) => name.endsWith('.tmp'))).toEqual([])
  expect(await names()).toEqual([fullName])
})

test('save writes the named tags only, and an image with two of them once', async ({ run, images, directory }) => {
  for (const name of ['other:1', 'app:2']) await run('tag', 'app:1.0', name)
  const digest = (await images())[0]?.descriptor.digest ?? ''
  const saved = async (...names: readonly string[]): Promise<unknown> => {
    await run('save', '-o', 'image.tar', ...names)
    const files = await readArchive(await readFile(join(directory, 'image.tar')))
    const parse = (name: string) => JSON.parse(files.find(({ path }) => path === name)?.content.toString() ?? '')
    const manifests: { annotations?: Record<string, string> }[] = parse('index.json').manifests
    const [docker, ...others]: { RepoTags: readonly string[] }[] = parse('manifest.json')
    return [manifests.map(({ annotations }) => annotations?.['io.containerd.image.name']), docker?.RepoTags, others]
  }
  expect(await saved('app:2')).toEqual([['docker.io/library/app:2'], ['app:2'], []])
  expect(await saved('other:1', 'app:2')).toEqual([
    ['docker.io/library/other:1', 'docker.io/library/app:2'],
    ['other:1', 'app:2'],
    [],
  ])
  expect(await saved(digest)).toEqual([[undefined], [], []])
})

test('load takes a compressed archive, and refuses other files and truncated archives', async ({
  run,
  tryRun,
  directory,
  names,
}) => {
  await run('save', '--format', 'oci', '-o', 'image.tar', 'app:1.0')
  await run('rm', 'app:1.0')
  await runOrThrow('gzip', ['image.tar'], { cwd: directory })
  expect(await run('load', '-i', 'image.tar.gz')).toBe(`loaded ${fullName}\n`)
  await writeTree(join(directory, 'plain'), { file: 'no image' })
  await runOrThrow('tar', ['-cf', 'plain.tar', '-C', 'plain', '.'], { cwd: directory })
  expect((await tryRun('load', '-i', 'plain.tar')).stderr).toContain('neither index.json nor manifest.json')
  expect((await tryRun('load', '-i', 'missing.tar')).code).toBe(2)
  expect(await names()).toEqual([fullName])
})

test('load gives no name that an image cannot have', async ({ run, names, directory }) => {
  await run('save', '-o', 'image.tar', 'app:1.0')
  await run('rm', 'app:1.0')
  await mkdir(join(directory, 'odd'))
  await runOrThrow('tar', ['-xf', '../image.tar'], { cwd: join(directory, 'odd') })
  await rm(join(directory, 'odd/index.json'))
  const [image] = JSON.parse(await readFile(join(directory, 'odd/manifest.json'), 'utf8'))
  await writeTree(join(directory, 'odd'), {
    'manifest.json': JSON.stringify([{ ...image, RepoTags: ['a\nb:1', '\u001b[2J', 'good:1'] }]),
  })
  await runOrThrow('tar', ['-cf', '../odd.tar', '.'], { cwd: join(directory, 'odd') })
  expect(await run('load', '-i', 'odd.tar')).toBe('loaded docker.io/library/good:1\n')
  expect(await names()).toEqual(['docker.io/library/good:1'])
})

test('load names no image whose parts the archive lacks', async ({ run, directory, root, images }) => {
  const [image] = await images()
  const { manifest } = await openImage(join(root, 'v1/images'), image?.descriptor.digest)
  await run('save', '--format', 'oci', '-o', 'image.tar', 'app:1.0')
  await mkdir(join(directory, 'parts'))
  await runOrThrow('tar', ['-xf', '../image.tar'], { cwd: join(directory, 'parts') })
  await rm(join(directory, 'parts/blobs', ...(manifest.layers[1]?.digest ?? '').split(':')))
  await runOrThrow('tar', ['-cf', '../broken.tar', '.'], { cwd: join(directory, 'parts') })
  const other = join(directory, 'other-store')
  const { code, stderr } = await tsbuild(['load', '-i', 'broken.tar'], { root: other, cwd: directory })
  expect([code, stderr]).toEqual([1, expect.stringContaining(manifest.layers[1]?.digest ?? 'no layer')])
  expect(await readLayoutIndex(join(other, 'v1/images'))).toEqual([])
})
