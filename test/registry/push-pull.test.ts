import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { registryMissing, startRegistry } from '@tsbuild/registry/testing'
import { describe, expect } from 'vitest'
import { titled, withoutPrograms } from '../support/obstacle.ts'
import { runOrThrow } from '../support/run-program.ts'
import { test } from '../support/test.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

const obstacle = registryMissing ?? withoutPrograms('skopeo')

describe.skipIf(obstacle !== undefined)(titled('a registry', obstacle), () => {
  test('what is pushed is what was built, and is pulled again', async ({ tryBuild, build, directory }) => {
    await using registry = await startRegistry()
    const name = `${registry.host}/team/app:1`
    const metadata = join(directory, 'metadata.json')
    const pushed = await tryBuild('FROM base\nCOPY a /a\n', {
      files: { a: 'hello' },
      args: ['-t', name, '--push', '--metadata-file', metadata],
    })
    expect(pushed.code, pushed.stderr).toBe(0)
    const inspected: { Digest: string; Layers: string[] } = JSON.parse(
      await runOrThrow('skopeo', ['inspect', '--tls-verify=false', `docker://${name}`]),
    )
    expect(inspected.Layers).toHaveLength(2)

    const again = await build(`FROM ${name}\nCOPY --from=${name} /a /b\n`, {
      args: ['--root', join(directory, 'other-store')],
    })
    expect(again.text('/b')).toBe('hello')
    const pinned = await build(`FROM ${registry.host}/team/app@${inspected.Digest}\n`, {
      args: ['--root', join(directory, 'third-store')],
    })
    expect(pinned.config.rootfs).toMatchObject({ diff_ids: again.config.rootfs.diff_ids.slice(0, 2) })
  })

  test('existing content is not uploaded again', async ({ tryBuild }) => {
    await using registry = await startRegistry()
    const uploads = async (): Promise<number> =>
      (await registry.log()).split('\n').filter((line) => /"(PUT|PATCH) .*blobs\/uploads/.test(line)).length
    const push = (tag: string): Promise<{ code: number; stderr: string }> =>
      tryBuild('FROM base\nCOPY a /a\n', {
        files: { a: 'hello' },
        args: ['-t', `${registry.host}/app:${tag}`, '--push'],
        env: { SOURCE_DATE_EPOCH: '0' },
      })
    expect(await push('1')).toMatchObject({ code: 0 })
    const first = await uploads()
    expect(first).toBeGreaterThan(0)
    expect(await push('2')).toMatchObject({ code: 0 })
    expect(await uploads()).toBe(first)
  })

  test('a multi-platform image', async ({ tryBuild }) => {
    await using registry = await startRegistry()
    const name = `${registry.host}/multi:1`
    const { code, stderr } = await tryBuild('FROM scratch\nARG TARGETARCH\nLABEL arch=$TARGETARCH\nCOPY a /\n', {
      files: { a: '' },
      args: ['--platform', 'linux/amd64,linux/arm64', '-t', name, '--push'],
    })
    expect(code, stderr).toBe(0)
    for (const arch of ['amd64', 'arm64']) {
      const inspected: unknown = JSON.parse(
        await runOrThrow('skopeo', ['inspect', '--tls-verify=false', '--override-arch', arch, `docker://${name}`]),
      )
      expect(inspected).toMatchObject({ Architecture: arch, Labels: { arch } })
    }
  })

  test('credentials are those of docker login; wrong ones are exit code 4', async ({ tryBuild, directory }) => {
    await using registry = await startRegistry({ htpasswd: true })
    const push = async (password: string): Promise<{ code: number; stderr: string }> => {
      const config = join(directory, `docker-${password.length}`)
      await mkdir(config, { recursive: true })
      const auth = Buffer.from(`${registry.credential.username}:${password}`).toString('base64')
      await writeFile(join(config, 'config.json'), JSON.stringify({ auths: { [registry.host]: { auth } } }))
      return tryBuild('FROM scratch\nCOPY a /\n', {
        files: { a: '' },
        args: ['-t', `${registry.host}/app:1`, '--push'],
        env: { DOCKER_CONFIG: config },
      })
    }
    const { code, stderr } = await push(registry.credential.password)
    expect(code, stderr).toBe(0)
    const refused = await push('wrong')
    expect(refused.code).toBe(4)
    expect(refused.stderr).not.toContain('wrong')
  })

  test('a missing image is named, a missing registry is exit code 4', async ({ failBuild }) => {
    await using registry = await startRegistry()
    const missing = await failBuild(`FROM ${registry.host}/nowhere:1\nCOPY a /\n`, { files: { a: '' } })
    expect(missing.code).toBe(1)
    expect(missing.stderr).toContain(`${registry.host}/nowhere:1: not found`)
    const unreachable = await failBuild('FROM 127.0.0.1:9/x:1\nCOPY a /\n', { files: { a: '' } })
    expect(unreachable.code).toBe(4)
  })

  test('push, pull and copy between stores', async ({ store, directory }) => {
    await using registry = await startRegistry()
    const name = `${registry.host}/app:1`
    await writeTree(join(directory, 'context'), { Dockerfile: 'FROM scratch\nCOPY a /\n', a: '' })
    const run = async (root: string, ...args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await tsbuild(args, { root, cwd: directory })
      expect(code, stderr).toBe(0)
      return stdout
    }
    await run(store, '-t', name, 'context')
    await run(store, 'push', name)
    const other = join(directory, 'other-store')
    await run(other, 'pull', name)
    expect(await run(other, 'images')).toContain(`${registry.host}/app`)
  })
})
