import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { registryMissing } from '@tsbuild/registry/testing'
import { describe, expect } from 'vitest'
import { titled, withoutPrograms } from '../support/obstacle.ts'
import { runOrThrow } from '../support/run-program.ts'
import { test } from './places-test.ts'

const docker = 'application/vnd.docker.distribution.manifest.v2+json'
const dockerList = 'application/vnd.docker.distribution.manifest.list.v2+json'
const oci = 'application/vnd.oci.image.manifest.v1+json'

interface Document {
  readonly mediaType: string
  readonly config?: { readonly mediaType: string; readonly digest: string }
  readonly layers?: readonly { readonly mediaType: string; readonly digest: string }[]
  readonly manifests?: readonly { readonly mediaType: string; readonly digest: string; readonly platform: unknown }[]
  readonly annotations?: unknown
}

const obstacle = registryMissing ?? withoutPrograms('skopeo')
describe.skipIf(obstacle !== undefined)(titled('media types of Docker and OCI', obstacle), () => {
  const dockerfile = 'FROM scratch\nCOPY a /\nCOPY b /\nENV A=1\n'

  test('copy --format changes the names of the parts, and no byte of them', async ({ registry, call, push }) => {
    const name = `${registry.host}/form/app`
    const digest = await push(`${name}:oci`, dockerfile)
    const raw = async (tag: string): Promise<Document> =>
      JSON.parse(await call('inspect', '--raw', `docker://${name}:${tag}`))
    const copied = (await call('copy', '--format', 'v2s2', `${name}:oci`, `${name}:docker`)).trim()
    expect(copied).not.toBe(digest)
    const [before, after] = [await raw('oci'), await raw('docker')]
    expect(after.mediaType).toBe(docker)
    expect(after.config).toMatchObject({
      mediaType: 'application/vnd.docker.container.image.v1+json',
      digest: before.config?.digest,
    })
    expect(after.layers?.map((layer) => layer.digest)).toEqual(before.layers?.map((layer) => layer.digest))
    expect(new Set(after.layers?.map(({ mediaType }) => mediaType))).toEqual(
      new Set(['application/vnd.docker.image.rootfs.diff.tar.gzip']),
    )
    expect(await call('validate', `${name}:docker`)).toContain(' 0 faults')
    // An image of that form stays as it is, and converting back gives the first image.
    expect((await call('copy', '--format', 'docker', `${name}:docker`, `${name}:same`)).trim()).toBe(copied)
    expect((await call('copy', '-f', 'oci', `${name}:docker`, `${name}:back`)).trim()).toBe(digest)
    // Readers and a writer of the same.
    const other: unknown = JSON.parse(
      await runOrThrow('skopeo', ['inspect', '--tls-verify=false', '--raw', `docker://${name}:docker`]),
    )
    expect(other).toEqual(after)
    const to = `docker://${name}:skopeo`
    const flags = ['--src-tls-verify=false', '--dest-tls-verify=false', '--format', 'v2s2']
    await runOrThrow('skopeo', ['copy', '-q', ...flags, `docker://${name}:oci`, to])
    const theirs = await raw('skopeo')
    expect([theirs.config, theirs.layers]).toEqual([after.config, after.layers])
  })

  test('an index becomes a manifest list, without what only OCI has', async ({
    registry,
    call,
    push,
    cwd,
    tryCall,
  }) => {
    const name = `${registry.host}/form/list`
    const inline = ['--provenance=true', '-o', 'type=image,attestation-inline=true']
    const platforms = ['--platform', 'linux/amd64,linux/arm/v7', '--annotation', 'index:a=b', ...inline]
    await push(`${name}:oci`, dockerfile, ...platforms)
    const { code, stderr } = await tryCall('copy', '--progress', 'plain', '-f', 'v2s2', `${name}:oci`, `${name}:docker`)
    expect([code, stderr]).toEqual([0, expect.stringMatching(/has no attestations, annotations/)])
    const list: Document = JSON.parse(await call('inspect', '--raw', `docker://${name}:docker`))
    expect(list.mediaType).toBe(dockerList)
    expect(list.annotations).toBeUndefined()
    expect(list.manifests?.map(({ mediaType }) => mediaType)).toEqual([docker, docker])
    expect(list.manifests?.map(({ platform }) => platform)).toEqual([
      { os: 'linux', architecture: 'amd64' },
      { os: 'linux', architecture: 'arm', variant: 'v7' },
    ])
    const config: unknown = JSON.parse(
      await runOrThrow('skopeo', [
        '--override-arch=arm',
        '--override-variant=v7',
        'inspect',
        '--tls-verify=false',
        '--config',
        `docker://${name}:docker`,
      ]),
    )
    expect(config).toMatchObject({ architecture: 'arm', variant: 'v7' })
    await writeFile(join(cwd, 'Dockerfile'), `FROM ${name}:docker\nENV B=2\n`)
    await call('build', '-q', '--platform', 'linux/arm/v7', '.')
  })

  test('build --format docker writes it at once', async ({ registry, call, cwd }) => {
    const name = `${registry.host}/form/built:1`
    await writeFile(join(cwd, 'Dockerfile'), 'FROM scratch\nCOPY Dockerfile /\n')
    await call('build', '-q', '--format', 'docker', '-t', name, '--push', '.')
    const raw: Document = JSON.parse(await call('inspect', '--raw', `docker://${name}`))
    expect(raw.mediaType).toBe(docker)
    await call('build', '-q', '--format', 'docker', '-t', 'app', '.')
    expect(JSON.parse(await call('inspect', '--raw', 'app'))).toMatchObject({ mediaType: docker })
    await call('build', '-q', '--format', 'oci', '-t', 'app', '-o', 'type=oci,dest=layout,tar=false', '.')
    const index: Document = JSON.parse(await readFile(join(cwd, 'layout/index.json'), 'utf8'))
    expect(index.manifests?.[0]?.mediaType).toBe(oci)
  })

  test('parts that schema 2 cannot have are refused', async ({ registry, tryCall, push }) => {
    const name = `${registry.host}/form/zstd:1`
    await push(name, dockerfile, '-o', 'type=image,compression=zstd')
    expect(await tryCall('copy', '-f', 'v2s2', name, 'oci:out')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("a layer with zstd, which Docker's form cannot have"),
    })
    expect(await tryCall('copy', '-f', 'v2s1', name, 'oci:out')).toMatchObject({ code: 2 })
    expect(await tryCall('copy', '-f', 'oci', '--tags', '*', name, name)).toMatchObject({ code: 2 })
  })
})
