import { registryMissing } from '@tsbuild/registry/testing'
import { describe, expect } from 'vitest'
import { titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { runProgram } from '../support/run-program.ts'
import { test } from './places-test.ts'

const dockerfile = 'FROM scratch\nCOPY a /a\nENV A=1\nUSER 5\n'
const both = ['--platform', 'linux/amd64,linux/arm64']

describe.skipIf(registryMissing !== undefined)(titled('images in places', registryMissing), () => {
  test('one image goes to every kind of place and back, unchanged', async ({ registry, push, call }) => {
    const name = `${registry.host}/kinds:1`
    const digest = await push(name, dockerfile, ...both)
    const places = [
      'store:kinds:2',
      'oci:layout:2',
      'oci-archive:image.tar:kinds:2',
      `docker://${registry.host}/kinds:2`,
    ]
    expect(await call('copy', name, ...places)).toBe(`${digest}\n`)
    for (const place of places) {
      expect(await call('digest', place)).toBe(`${digest}\n`)
      expect(await call('copy', place, `${registry.host}/back:1`)).toBe(`${digest}\n`)
    }
    expect(await call('digest', '--full-ref', `${registry.host}/back:1`)).toBe(`${registry.host}/back@${digest}\n`)
  })

  test('docker archives hold one platform', async ({ registry, push, call, tryCall }) => {
    const name = `${registry.host}/docker:1`
    await push(name, dockerfile, ...both)
    const all = await tryCall('copy', name, 'docker-archive:image.tar:docker:1')
    expect([all.code, all.stderr]).toEqual([1, expect.stringContaining('several platforms')])
    const one = await call('copy', '--platform', 'linux/arm64', name, 'docker-archive:image.tar:docker:1')
    expect(await call('digest', '--platform', 'linux/arm64', name)).toBe(one)
    expect(await call('inspect', '-f', '{{.Architecture}} {{.Config.User}}', 'docker-archive:image.tar')).toBe(
      'arm64 5\n',
    )
    expect(await call('load', '-i', 'image.tar')).toContain('docker:1')
  })

  const withoutSkopeo = withoutRoot() ?? withoutPrograms('skopeo')
  test.skipIf(withoutSkopeo !== undefined)(
    titled('the store of podman, by skopeo', withoutSkopeo),
    async ({ registry, cwd, push, call, tryCall }) => {
      const name = `${registry.host}/podman:1`
      const digest = await push(name, dockerfile)
      const place = (image: string): string => `containers-storage:[vfs@${cwd}/storage+${cwd}/run]${image}`
      expect(await call('copy', name, place('localhost/podman:1'))).toBe(`${digest}\n`)
      const arguments_ = ['inspect', '--format', '{{.Config.User}} {{.Config.Env}}', '--config']
      const { stdout } = await runProgram('skopeo', [...arguments_, place('localhost/podman:1')])
      expect(stdout).toMatch(/^5 \[.*A=1/)
      const back = await call('copy', place('localhost/podman:1'), 'store:back:1')
      expect(await call('validate', 'store:back:1')).toContain('0 faults')
      expect(await call('digest', 'store:back:1')).toBe(back)
      const none = await tryCall('copy', place('localhost/none:1'), 'store:none:1')
      expect([none.code, none.stderr]).toEqual([
        1,
        expect.stringMatching(/skopeo cannot copy "containers-storage:.*none/),
      ])
    },
  )

  test.skipIf(withoutSkopeo !== undefined)(
    titled('a store and a layout with a colon in their paths, by skopeo', withoutSkopeo),
    async ({ registry, cwd, push, call }) => {
      const name = `${registry.host}/colon:1`
      const digest = await push(name, dockerfile)
      const [store, place] = [
        ['--root', 'a:b/store'],
        `containers-storage:[vfs@${cwd}/storage+${cwd}/run]localhost/x:1`,
      ]
      expect(await call('copy', ...store, name, place)).toBe(`${digest}\n`)
      const back = await call('copy', ...store, place, 'oci:a:1')
      // The directory "a:b" exists by now: the path is the longest that does.
      await call('copy', 'oci:a:1', 'store:x')
      expect(await call('copy', 'store:x', 'oci:a:b/store/../layout')).toBe(back)
      expect(await call('digest', 'oci:a:b/layout:latest')).toBe(back)
    },
  )

  test('the wrong name lists those of the archive', async ({ registry, push, call, tryCall }) => {
    await push(`${registry.host}/names:1`, dockerfile)
    await call('copy', `${registry.host}/names:1`, 'oci-archive:image.tar:names:1')
    expect(await tryCall('digest', 'oci-archive:image.tar:other')).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no image "other" in archive .*\nhint: its names are .*names:1/),
    })
    expect((await tryCall('digest', 'oci-archive:missing.tar')).code).not.toBe(0)
    expect(await tryCall('copy', 'dir:x', 'store:x')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('skopeo copy dir:'),
    })
  })

  test('documents of an image in a registry', async ({ registry, push, call, tryCall }) => {
    const name = `${registry.host}/documents:1`
    const digest = await push(name, dockerfile, ...both)
    const inspect = (...flags: readonly string[]): Promise<string> => call('inspect', ...flags, `docker://${name}`)
    expect(await inspect('-f', '{{.Manifest.Digest}} {{.Config.User}}')).toBe(`${digest} 5\n`)
    expect(
      await inspect('-f', '{{len .Manifest.Manifests}} {{(index .Manifest.Manifests 1).Platform.Architecture}}'),
    ).toBe('2 arm64\n')
    expect(JSON.parse(await inspect('-f', '{{json .}}'))).toMatchObject({ Id: digest, RepoTags: [name] })
    expect(JSON.parse(await inspect())).toMatchObject({ names: [name], digest, config: { config: { User: '5' } } })
    expect(JSON.parse(await inspect('--raw'))).toMatchObject({ manifests: [{}, {}] })
    expect(JSON.parse(await inspect('--config', '--platform', 'linux/arm64'))).toMatchObject({ architecture: 'arm64' })
    expect(JSON.parse(await inspect('--raw', '--platform', 'linux/arm64'))).toMatchObject({ layers: [{}] })
    expect((await tryCall('inspect', '--platform', 'linux/s390x', `docker://${name}`)).stderr).toContain('linux/s390x')
    expect((await tryCall('inspect', `docker://${registry.host}/missing:1`)).code).toBe(1)
  })

  test('tags by pattern', async ({ registry, push, call, tryCall }) => {
    const repository = `${registry.host}/tags`
    for (const tag of ['v1.0', 'v1.1', 'v2.0']) await push(`${repository}:${tag}`, dockerfile)
    expect((await call('tags', repository)).split('\n').sort()).toEqual(['', 'v1.0', 'v1.1', 'v2.0'])
    expect((await call('ls', repository, 'v1.*')).split('\n').sort()).toEqual(['', 'v1.0', 'v1.1'])
    expect(JSON.parse(await call('tags', '--json', repository, 'v2.*'))).toEqual(['v2.0'])
    expect((await tryCall('tags', `${registry.host}/none`)).code).toBe(1)
  })

  test('a tree of what refers to an image', async ({ registry, push, call }) => {
    const name = `${registry.host}/referrers:1`
    const digest = await push(name, dockerfile, '--provenance=true', ...both)
    const type = 'application/vnd.docker.attestation.manifest.v1+json'
    const tree = await call('referrers', name)
    expect(tree).toMatch(
      new RegExp(`^${name}@${digest}\n├── linux/amd64  sha256:\\S+\n│   └── ${type.replace('+', '\\+')}  `),
    )
    expect(await call('referrers', '--artifact-type', 'application/x', name)).toBe(`${name}@${digest}\n`)
    const json = JSON.parse(await call('referrers', '--format', 'json', '--platform', 'linux/arm64', name))
    expect(json).toMatchObject({ referrers: [{ artifactType: type, referrers: [] }], manifests: [] })
    // Copies carry them along.
    await call('copy', '--referrers', name, `${registry.host}/carried:1`)
    expect(await call('referrers', `${registry.host}/carried:1`)).toBe(tree.replace('/referrers:', '/carried:'))
  })

  test('removal from a registry', async ({ registry, push, call, tryCall }) => {
    const name = `${registry.host}/removal:1`
    const digest = await push(name, dockerfile)
    expect(await tryCall('rm', `docker://${name}`)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('hint: add --force'),
    })
    // Debian's registry deletes manifests only.
    expect(await tryCall('rm', '--force', `docker://${name}`)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining(
        `tsbuild rm docker://${registry.host}/removal@${digest} removes it with all its tags`,
      ),
    })
    expect(await call('rm', '--force', `docker://${registry.host}/removal@${digest}`)).toContain('removed')
    expect((await tryCall('digest', name)).code).toBe(1)
    expect((await tryCall('rm', 'oci:layout')).code).toBe(2)
  })
})
