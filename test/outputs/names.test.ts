import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { digestOf, mediaTypes } from '@tsbuild/oci'
import { registryMissing, startRegistry } from '@tsbuild/registry/testing'
import { describe, expect } from 'vitest'
import { titled } from '../support/obstacle.ts'
import { readLayoutIndex } from '../support/open-image.ts'
import { test } from '../support/test.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { writeBaseImage } from '../support/write-base-image.ts'

const dockerfile = 'FROM base\nCOPY a /a\n'
const files = { a: 'hello' }

test('name-canonical and dangling-name-prefix name an image by its digest too', async ({ build, directory }) => {
  const root = join(directory, 'named')
  const output = 'type=image,name-canonical=true,dangling-name-prefix=r.example/dangling'
  const metadata = join(directory, 'metadata.json')
  await build(dockerfile, { files, args: ['-t', 'app:1', '-o', output, '--metadata-file', metadata, '--root', root] })
  const { 'containerimage.digest': digest, 'image.name': names } = JSON.parse(await readFile(metadata, 'utf8'))
  expect(names).toBe(`app:1,r.example/dangling@${digest}`)
  const { stdout } = await tsbuild(['images'], { root })
  for (const name of ['docker.io/library/app:1', `docker.io/library/app:1@${digest}`, `r.example/dangling@${digest}`]) {
    expect(stdout).toMatch(new RegExp(`^${name} `, 'm'))
    expect((await tsbuild(['inspect', name], { root })).stdout).toContain(digest)
  }
})

describe.skipIf(registryMissing !== undefined)(titled('a registry', registryMissing), () => {
  test('what is pushed by digest has no tag, there and here; a tag in its name is an error', async ({
    tryBuild,
    directory,
  }) => {
    await using registry = await startRegistry()
    const [name, root, iid] = [`${registry.host}/team/app`, join(directory, 'named'), join(directory, 'iid')]
    const push = (...args: string[]) =>
      tryBuild(dockerfile, {
        files,
        args: ['-o', 'type=image,push=true,push-by-digest=true', '--root', root, '--iidfile', iid, ...args],
      })
    expect(await push('-t', name)).toMatchObject({ code: 0 })
    const digest = await readFile(iid, 'utf8')
    const answer = await fetch(`http://${name.replace('/', '/v2/')}/manifests/${digest}`, {
      headers: { accept: mediaTypes.ociManifest },
    })
    expect(digestOf(Buffer.from(await answer.arrayBuffer()))).toBe(digest)
    expect((await fetch(`http://${registry.host}/v2/team/app/manifests/latest`)).status).toBe(404)
    expect((await tsbuild(['images'], { root })).stdout).toMatch(new RegExp(`^${name}@${digest} `, 'm'))
    const refused = await push('-t', `${name}:1`)
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining(`can't push tagged ref ${name}:1 by digest`),
    ])
  })

  test('layers that are not to be pushed are, unless they are to stay where they are', async ({
    tryBuild,
    directory,
  }) => {
    await using registry = await startRegistry()
    const layout = join(directory, 'windows-like')
    const foreign = await writeForeignBase(layout)
    const push = (repository: string, ...options: string[]) =>
      tryBuild('FROM foreign\nCOPY a /a\n', {
        files,
        args: [
          ...['--build-context', `foreign=oci-layout://${layout}:latest`, '-t', `${registry.host}/${repository}:1`],
          ...['-o', ['type=registry', ...options].join(',')],
        ],
      })
    const layersOf = async (repository: string): Promise<readonly unknown[]> => {
      const answer = await fetch(`http://${registry.host}/v2/${repository}/manifests/1`, {
        headers: { accept: mediaTypes.ociManifest },
      })
      const { layers }: { readonly layers: readonly unknown[] } = JSON.parse(await answer.text())
      return layers
    }
    const statusOf = async (repository: string): Promise<number> =>
      (await fetch(`http://${registry.host}/v2/${repository}/blobs/${foreign.digest}`, { method: 'HEAD' })).status
    expect(await push('kept', 'prefer-nondist-layers=true')).toMatchObject({ code: 0 })
    expect(await layersOf('kept')).toMatchObject([foreign, { mediaType: mediaTypes.ociLayerGzip }])
    expect(await statusOf('kept')).toBe(404)
    expect(await push('sent')).toMatchObject({ code: 0 })
    const { urls: _, ...sent } = { ...foreign, mediaType: mediaTypes.ociLayerGzip }
    expect((await layersOf('sent'))[0]).toEqual(sent)
    expect(await statusOf('sent')).toBe(200)
  })
})

/**
 * The base image of tests with its layer declared one that is to be had elsewhere; returns the
 * layer's descriptor.
 */
async function writeForeignBase(
  layout: string,
): Promise<{ mediaType: string; digest: string; size: number; urls: readonly string[] }> {
  await writeBaseImage(layout)
  const [entry] = await readLayoutIndex(layout)
  const manifest = JSON.parse(await readFile(join(layout, 'blobs', ...(entry?.digest ?? '').split(':')), 'utf8'))
  const layer = { ...manifest.layers[0], mediaType: mediaTypes.ociForeignLayerGzip, urls: ['https://layers.example/1'] }
  const bytes = Buffer.from(JSON.stringify({ ...manifest, layers: [layer] }))
  await writeFile(join(layout, 'blobs', ...digestOf(bytes).split(':')), bytes)
  const index = { schemaVersion: 2, manifests: [{ ...entry, digest: digestOf(bytes), size: bytes.length }] }
  await writeFile(join(layout, 'index.json'), JSON.stringify(index))
  return layer
}
