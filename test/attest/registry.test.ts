import { join } from 'node:path'
import { registryMissing, startRegistry } from '@tsbuild/registry/testing'
import { describe, expect } from 'vitest'
import { titled, withoutPrograms } from '../support/obstacle.ts'
import { runOrThrow } from '../support/run-program.ts'
import { test as buildTest } from '../support/test.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'
import type { Document } from './read-layout.ts'
import { rootsOf } from './read-layout.ts'

const obstacle = registryMissing ?? withoutPrograms('skopeo', 'podman')

interface Tools {
  /** Runs a command with a store called `store`; throws when it fails. */
  readonly run: (store: string, ...args: readonly string[]) => Promise<string>
}

const test = buildTest.extend<Tools>({
  run: async ({ directory }, use) => {
    await writeTree(join(directory, 'context'), { Dockerfile: 'FROM scratch\nCOPY a /d/a\n', a: 'hello' })
    await use(async (store, ...args) => {
      const { code, stdout, stderr } = await tsbuild(args, { root: join(directory, store), cwd: directory })
      if (code !== 0) throw new Error(`tsbuild ${args.join(' ')} ended with ${code}: ${stderr}`)
      return stdout
    })
  },
})

/** Content of a registry under a tag or digest. */
async function manifestOf(
  host: string,
  repository: string,
  reference: string,
): Promise<{ readonly digest: string; readonly document: Document }> {
  const accept = ['index', 'manifest'].map((kind) => `application/vnd.oci.image.${kind}.v1+json`).join(', ')
  const response = await fetch(`http://${host}/v2/${repository}/manifests/${reference}`, { headers: { accept } })
  if (!response.ok) throw new Error(`${reference}: ${response.status}`)
  return { digest: response.headers.get('docker-content-digest') ?? '', document: JSON.parse(await response.text()) }
}

async function tagsOf(host: string, repository: string): Promise<readonly string[]> {
  const { tags }: { tags: string[] } = JSON.parse(
    await (await fetch(`http://${host}/v2/${repository}/tags/list`)).text(),
  )
  return tags.sort()
}

describe.skipIf(obstacle !== undefined)(titled('attestations in a registry', obstacle), () => {
  test('a plain manifest under the tag, and its referrers under the tag that replaces the missing API', async ({
    run,
  }) => {
    await using registry = await startRegistry()
    await run('store', '--provenance=true', '--push', '-t', `${registry.host}/app:1`, 'context')
    const image = await manifestOf(registry.host, 'app', '1')
    expect(image.document.mediaType).toBe('application/vnd.oci.image.manifest.v1+json')
    const referrersTag = image.digest.replace(':', '-')
    expect(await tagsOf(registry.host, 'app')).toEqual(['1', referrersTag])
    const { document } = await manifestOf(registry.host, 'app', referrersTag)
    expect(document.manifests).toMatchObject([{ artifactType: 'application/vnd.docker.attestation.manifest.v1+json' }])
    const attestation = await manifestOf(registry.host, 'app', document.manifests[0]?.digest ?? '')
    expect(attestation.document.subject?.digest).toBe(image.digest)
  })

  test('inline: skopeo and podman take the image out of the index', async ({ run, directory }) => {
    await using registry = await startRegistry()
    const name = `${registry.host}/app:inline`
    await run(
      'store',
      '--provenance=true',
      '-o',
      `type=image,push=true,attestation-inline=true,name=${name}`,
      'context',
    )
    const { document }: { document: Document } = {
      document: JSON.parse(await runOrThrow('skopeo', ['inspect', '--raw', '--tls-verify=false', `docker://${name}`])),
    }
    expect(document.manifests.map(({ platform }) => platform?.os)).toEqual(['linux', 'unknown'])
    expect(await tagsOf(registry.host, 'app')).toEqual(['inline'])
    const state = [
      '--root',
      join(directory, 'podman'),
      '--runroot',
      join(directory, 'podman-run'),
      '--storage-driver',
      'vfs',
    ]
    const id = (await runOrThrow('podman', [...state, 'pull', '--quiet', '--tls-verify=false', name])).trim()
    expect(JSON.parse(await runOrThrow('podman', [...state, 'inspect', id]))).toMatchObject([
      { Architecture: expect.any(String), Os: 'linux' },
    ])
  })

  test('imagetools inspect shows them: of referrers, of an index, by platform', async ({ run }) => {
    await using registry = await startRegistry()
    const name = `${registry.host}/app`
    const inspect = async (tag: string, field: string): Promise<unknown> =>
      JSON.parse(await run('store', 'imagetools', 'inspect', '-f', `{{json ${field}}}`, `${name}:${tag}`))
    const slsa = { SLSA: { buildDefinition: { buildType: expect.stringContaining('slsa-definitions') } } }
    const spdx = { SPDX: { spdxVersion: expect.stringMatching(/^SPDX-/) } }
    await run('store', '--provenance=true', '--sbom=true', '-t', `${name}:1`, '--push', 'context')
    expect(await inspect('1', '.Provenance')).toMatchObject(slsa)
    expect(await inspect('1', '.SBOM')).toMatchObject(spdx)
    const inline = `type=image,push=true,attestation-inline=true,name=${name}:inline`
    const platforms = '--platform=linux/amd64,linux/arm64'
    await run('store', '--provenance=true', platforms, '-o', inline, 'context')
    expect(await inspect('inline', '.Provenance')).toMatchObject({ 'linux/amd64': slsa, 'linux/arm64': slsa })
    expect(await inspect('inline', '.SBOM')).toEqual({})
    await run('store', '-t', `${name}:without`, '--label', 'a=b', '--push', 'context')
    expect(await inspect('without', '.Provenance')).toBeNull()
  })

  test('push, pull, save, load and copy take them along', async ({ run, directory }) => {
    await using registry = await startRegistry()
    await using other = await startRegistry()
    const [name, moved] = [`${registry.host}/app:1`, `${other.host}/app:1`]
    await run('first', '--provenance=true', '-t', name, 'context')
    await run('first', 'push', name)
    const { digest } = await manifestOf(registry.host, 'app', '1')
    const tag = digest.replace(':', '-')
    await run('without', 'pull', name)
    await run('second', 'pull', '--referrers', name)
    for (const [store, layout] of [
      ['without', 'layout-without'],
      ['second', 'layout'],
    ] as const) {
      await run(store, 'copy', `store:${name}`, `oci:${join(directory, layout)}:1`)
    }
    expect((await rootsOf(join(directory, 'layout-without'))).length).toBe(1)
    expect((await rootsOf(join(directory, 'layout'))).map(({ artifactType }) => artifactType !== undefined)).toEqual([
      true,
      false,
    ])
    await run('second', 'save', '--format', 'oci', '-o', 'saved.tar', name)
    expect(await run('third', 'load', '-i', 'saved.tar')).toBe(`loaded ${name}\n`)
    await run('third', 'tag', name, moved)
    await run('third', 'push', moved)
    expect(await tagsOf(other.host, 'app')).toEqual(['1', tag])
    expect((await manifestOf(other.host, 'app', tag)).digest).toBe((await manifestOf(registry.host, 'app', tag)).digest)
  })

  test('the store: not an image of its own, kept by prune with its image, and gone with it', async ({
    run,
    directory,
  }) => {
    await run('store', '--provenance=true', '-t', 'app:1', 'context')
    const images: readonly { readonly names: readonly string[]; readonly platforms: readonly unknown[] }[] = JSON.parse(
      await run('store', 'images', '--json'),
    )
    expect(images.map(({ names, platforms }) => [names.length, platforms.length])).toEqual([[1, 1]])
    const layout = join(directory, 'copy')
    await run('store', 'prune', '--force')
    await run('store', 'copy', 'store:app:1', `oci:${layout}:1`)
    expect(await rootsOf(layout)).toHaveLength(2)
    await run('store', 'rm', 'app:1')
    await run('store', 'prune', '--force')
    expect(await rootsOf(join(directory, 'store', 'v1', 'images'))).toEqual([])
  })

  test('an index with attestations in it is one image of one platform', async ({ run }) => {
    for (const artifact of ['true', 'false']) {
      await run(
        'store',
        '--provenance=true',
        '-o',
        `type=image,attestation-inline=true,oci-artifact=${artifact},name=app:${artifact}`,
        'context',
      )
    }
    const images: readonly { readonly platforms: readonly unknown[] }[] = JSON.parse(
      await run('store', 'images', '--json'),
    )
    expect(images.map(({ platforms }) => platforms.length)).toEqual([1, 1])
  })
})
