import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { registryMissing, startRegistry } from '@tsbuild/registry/testing'
import { describe, expect } from 'vitest'
import { titled, withoutPrograms } from '../support/obstacle.ts'
import { runOrThrow } from '../support/run-program.ts'
import { serveTemporary } from '../support/serve-temporary.ts'
import { startDocker, withoutDocker } from '../support/start-docker.ts'
import { testWith } from './places-test.ts'

const test = testWith(() => serveTemporary())
const dockerfile = 'FROM scratch\nCOPY a /a\nENV A=1\n'
const platforms = ['--platform', 'linux/amd64,linux/arm64']

describe('tsbuild', () => {
  test('pushes with attestations, which are listed, copied and validated', async ({ registry, push, call }) => {
    const name = `${registry.host}/attested:1`
    await push(name, dockerfile, '--provenance=true', '--sbom=true')
    expect(await call('validate', `docker://${name}`)).toContain(' 0 faults')
    expect(await call('tags', `docker://${registry.host}/attested`)).toBe('1\n')
    await call('copy', '--referrers', name, `${registry.host}/copied/attested:1`)
    expect(await call('digest', `docker://${registry.host}/copied/attested:1`)).toBe(
      await call('digest', `docker://${name}`),
    )
  })

  test('shares a cache between stores', async ({ registry, push, call, tryCall }) => {
    const cache = `type=registry,ref=${registry.host}/cache:main`
    await push(
      `${registry.host}/app:1`,
      'FROM scratch AS a\nCOPY a /a\nFROM scratch\nCOPY --from=a /a /b\n',
      '--cache-to',
      `${cache},mode=max`,
    )
    const { code, stderr } = await tryCall(
      'build',
      '--progress=plain',
      '--root',
      'other',
      '--cache-from',
      cache,
      'context',
    )
    expect(`${code} ${stderr}`).toMatch(/^0 .*CACHED/s)
    expect(await call('validate', `docker://${registry.host}/cache:main`)).toContain(' 0 faults')
  })

  test('mounts the blobs of a repository beside it', async ({ registry, push, call }) => {
    await push(`${registry.host}/mount/one:1`, dockerfile)
    await call('copy', `${registry.host}/mount/one:1`, `${registry.host}/mount/two:1`)
    expect(await call('validate', `docker://${registry.host}/mount/two:1`)).toContain(' 0 faults')
  })

  test('deletes a tag, and a manifest with its tags', async ({ registry, push, call, tryCall }) => {
    const name = `docker://${registry.host}/deleted`
    const digest = await push(`${registry.host}/deleted:1`, dockerfile)
    await call('copy', `${name}:1`, `${name}:2`)
    await call('rm', '--force', `${name}:1`)
    expect(await call('tags', name)).toBe('2\n')
    await call('rm', '--force', `${name}@${digest}`)
    expect((await tryCall('digest', `${name}:2`)).code).toBe(1)
  })
})

describe.skipIf(registryMissing !== undefined)(titled('docker-registry and ours', registryMissing), () => {
  test('tsbuild copies in both directions, with referrers', async ({ registry, push, call }) => {
    await using other = await startRegistry()
    const digest = await push(`${other.host}/app:1`, dockerfile, '--provenance=true', ...platforms)
    await call('copy', '--referrers', `${other.host}/app:1`, `${registry.host}/from-docker:1`)
    expect(await call('validate', `docker://${registry.host}/from-docker:1`)).toContain(' 0 faults')
    await call('copy', `${registry.host}/from-docker:1`, `${other.host}/back:1`)
    expect(await call('digest', `docker://${other.host}/back:1`)).toBe(`${digest}\n`)
  })
})

const skopeo = withoutPrograms('skopeo')
describe.skipIf(skopeo !== undefined)(titled('skopeo', skopeo), () => {
  const flags = ['-q', '--src-tls-verify=false', '--dest-tls-verify=false']

  test('pulls, pushes, lists and deletes', async ({ registry, push, call, cwd }) => {
    const name = `${registry.host}/skopeo`
    const digest = await push(`${name}:1`, dockerfile, ...platforms)
    await runOrThrow('skopeo', ['copy', ...flags, '--all', `docker://${name}:1`, `oci:${join(cwd, 'layout')}:1`])
    await runOrThrow('skopeo', ['copy', ...flags, '--all', `oci:${join(cwd, 'layout')}:1`, `docker://${name}:2`])
    await runOrThrow('skopeo', [
      'copy',
      ...flags,
      '--all',
      `docker://${name}:2`,
      `docker://${registry.host}/skopeo/mounted:1`,
    ])
    expect(await call('digest', `docker://${registry.host}/skopeo/mounted:1`)).toBe(`${digest}\n`)
    const tags = await runOrThrow('skopeo', ['list-tags', '--tls-verify=false', `docker://${name}`])
    expect(JSON.parse(tags)).toMatchObject({ Tags: ['1', '2'] })
    await runOrThrow('skopeo', ['delete', '--tls-verify=false', `docker://${name}:2`])
    expect(await call('tags', `docker://${registry.host}/skopeo/mounted`)).toBe('1\n')
  })

  test('Docker schema 2, and layers that it compresses itself', async ({ registry, push, call }) => {
    const name = `docker://${registry.host}/schema2`
    await push(`${registry.host}/schema2:1`, dockerfile)
    await runOrThrow('skopeo', ['copy', ...flags, '--format', 'v2s2', `${name}:1`, `${name}:2`])
    expect(await call('validate', `${name}:2`)).toContain(' 0 faults')
    await runOrThrow('skopeo', [
      'copy',
      ...flags,
      '--dest-compress-format',
      'zstd',
      '--dest-decompress=false',
      `${name}:1`,
      `${name}:3`,
    ])
    expect(await call('validate', `${name}:3`)).toContain(' 0 faults')
  })
})

const podman = withoutPrograms('podman', 'buildah')
describe.skipIf(podman !== undefined)(titled('podman and buildah', podman), () => {
  test('pull and push', async ({ registry, push, call, cwd }) => {
    const name = `${registry.host}/podman`
    await push(`${name}:1`, dockerfile)
    const storage = ['--root', join(cwd, 'podman'), '--runroot', join(cwd, 'podman-run'), '--storage-driver', 'vfs']
    await runOrThrow('podman', [...storage, 'pull', '-q', '--tls-verify=false', `${name}:1`])
    await runOrThrow('podman', [...storage, 'push', '-q', '--tls-verify=false', `${name}:1`, `${name}:2`])
    const container = (await runOrThrow('buildah', [...storage, 'from', '--tls-verify=false', `${name}:2`])).trim()
    await runOrThrow('buildah', [...storage, 'config', '--env', 'B=2', container])
    await runOrThrow('buildah', [...storage, 'commit', '-q', '--tls-verify=false', container, `docker://${name}:3`])
    for (const tag of ['2', '3']) expect(await call('validate', `docker://${name}:${tag}`)).toContain(' 0 faults')
    expect(await call('inspect', '-f', '{{.Config.Env}}', `docker://${name}:3`)).toContain('B=2')
  })
})

const crane = withoutPrograms('crane')
describe.skipIf(crane !== undefined)(titled('crane', crane), () => {
  test('validates, copies, appends, lists and deletes', async ({ registry, push, call, cwd }) => {
    const name = `${registry.host}/crane`
    const run = (...args: readonly string[]): Promise<string> => runOrThrow('crane', [...args, '--insecure'], { cwd })
    const digest = await push(`${name}:1`, dockerfile, ...platforms)
    expect(await run('digest', `${name}:1`)).toBe(`${digest}\n`)
    await run('validate', '--remote', `${name}:1`)
    await run('copy', `${name}:1`, `${registry.host}/crane/copied:1`)
    await runOrThrow('tar', ['-cf', 'layer.tar', 'context/b'], { cwd })
    await run('append', '--platform', 'linux/amd64', '-b', `${name}:1`, '-f', 'layer.tar', '-t', `${name}:2`)
    expect(await call('validate', `docker://${name}:2`)).toContain(' 0 faults')
    expect(await run('ls', name)).toBe('1\n2\n')
    expect((await run('catalog', registry.host)).split('\n')).toEqual(expect.arrayContaining(['crane', 'crane/copied']))
    await run('delete', `${name}@${digest}`)
    expect(await run('ls', name)).toBe('2\n')
  })
})

const oras = withoutPrograms('oras')
describe.skipIf(oras !== undefined)(titled('oras', oras), () => {
  test('pushes artifacts, attaches and discovers referrers, copies them', async ({ registry, push, call, cwd }) => {
    const name = `${registry.host}/oras`
    const run = (...args: readonly string[]): Promise<string> => runOrThrow('oras', args, { cwd })
    await push(`${name}:1`, dockerfile)
    await run('attach', '--plain-http', '--artifact-type', 'application/x.note', `${name}:1`, 'context/a:text/plain')
    expect(await call('referrers', `docker://${name}:1`)).toContain('application/x.note  sha256:')
    expect(await run('discover', '--plain-http', `${name}:1`)).toContain('application/x.note')
    await run('cp', '-r', '--from-plain-http', '--to-plain-http', `${name}:1`, `${registry.host}/oras/copied:1`)
    expect(await call('referrers', `docker://${registry.host}/oras/copied:1`)).toContain('application/x.note')
    await run('push', '--plain-http', `${name}/files:1`, 'context/a:text/plain')
    await mkdir(join(cwd, 'out'))
    await run('pull', '--plain-http', '-o', 'out', `${name}/files:1`)
    expect(await run('repo', 'tags', '--plain-http', `${name}/files`)).toBe('1\n')
    await run('manifest', 'delete', '--plain-http', '-f', `${name}/files:1`)
  })
})

const docker = withoutDocker()
describe.skipIf(docker !== undefined)(titled('docker', docker), () => {
  test('pulls and pushes', { timeout: 180_000 }, async ({ registry, push, call, cwd }) => {
    const name = `${registry.host}/docker`
    await push(`${name}:1`, dockerfile)
    await using daemon = await startDocker(join(cwd, 'docker'))
    for (const args of [
      ['pull', `${name}:1`],
      ['tag', `${name}:1`, `${name}:2`],
      ['push', `${name}:2`],
    ]) {
      const { code, stderr } = await daemon.docker(...args)
      expect(`${args[0]} ${code} ${stderr}`).toBe(`${args[0]} 0 `)
    }
    expect(await call('validate', `docker://${name}:2`)).toContain(' 0 faults')
  })
})
