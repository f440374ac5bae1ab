import { lstat, readFile, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { openImage } from '../support/open-image.ts'
import { runOrThrow } from '../support/run-program.ts'
import { test } from '../support/test.ts'
import { tsbuild } from '../support/tsbuild.ts'

const dockerfile =
  'FROM base\nCOPY --chown=1000:1001 --chmod=4750 a /home/app/a\nCOPY d /d\nENV A=1\nCMD ["echo", "hi"]\n'
const files = { a: 'hello', 'd/l': { link: '../etc' }, 'd/e': { directory: 0o711 } }

const skopeoObstacle = withoutPrograms('skopeo')
describe.skipIf(skopeoObstacle !== undefined)(titled('skopeo', skopeoObstacle), () => {
  test('reads the layout and copies it with the same digest', async ({ tryBuild, directory }) => {
    const { layout, code } = await tryBuild(dockerfile, { files, args: ['-t', 'app:1'] })
    expect(code).toBe(0)
    const inspected: unknown = JSON.parse(await runOrThrow('skopeo', ['inspect', `oci:${layout}:1`]))
    const image = await openImage(layout)
    expect(inspected).toMatchObject({
      Digest: image.digest,
      Architecture: image.config.architecture,
      Env: expect.arrayContaining(['A=1']),
    })
    await runOrThrow('skopeo', [
      'copy',
      '-q',
      '--preserve-digests',
      `oci:${layout}:1`,
      `dir:${join(directory, 'copy')}`,
    ])
    expect(await readFile(join(directory, 'copy/manifest.json'))).toEqual(
      await readFile(join(layout, 'blobs/sha256', image.digest.slice('sha256:'.length))),
    )
  })

  test('reads archives of both kinds', async ({ build, directory }) => {
    for (const kind of ['oci', 'docker']) {
      const archive = join(directory, `${kind}.tar`)
      const image = await build(dockerfile, { files, args: ['-t', 'app:1', '-o', `type=${kind},dest=${archive}`] })
      const config: unknown = JSON.parse(
        await runOrThrow('skopeo', [
          'inspect',
          '--config',
          `${kind}-archive:${archive}:${kind === 'docker' ? 'app:1' : '1'}`,
        ]),
      )
      expect(config).toMatchObject({ config: { Cmd: ['echo', 'hi'] }, rootfs: image.config.rootfs })
    }
  })

  test('reads the local store as a layout', async ({ build, store }) => {
    const image = await build(dockerfile, { files, args: ['-t', 'registry.example/app:stored', '-o', 'type=image'] })
    const { stdout } = await tsbuild(['inspect', 'registry.example/app:stored'], { root: store })
    expect(stdout).toContain(image.digest)
  })
})

const umociObstacle = withoutPrograms('umoci') ?? withoutRoot()
describe.skipIf(umociObstacle !== undefined)(titled('umoci', umociObstacle), () => {
  test('unpacks what was meant: owners, modes, links', async ({ tryBuild, directory }) => {
    const { layout } = await tryBuild(dockerfile, { files, args: ['-t', 'app:1'] })
    const bundle = join(directory, 'bundle')
    await runOrThrow('umoci', ['unpack', '--image', `${layout}:1`, bundle])
    const { mode, uid, gid } = await lstat(join(bundle, 'rootfs/home/app/a'))
    expect([mode & 0o7777, uid, gid]).toEqual([0o4750, 1000, 1001])
    expect(await readlink(join(bundle, 'rootfs/d/l'))).toBe('../etc')
    expect((await lstat(join(bundle, 'rootfs/d/e'))).mode & 0o7777).toBe(0o711)
    const config: unknown = JSON.parse(await readFile(join(bundle, 'config.json'), 'utf8'))
    expect(config).toMatchObject({ process: { args: ['echo', 'hi'], env: expect.arrayContaining(['A=1']) } })
  })

  test('an image umoci changed is a base', async ({ build, base, directory }) => {
    const layout = join(directory, 'layout')
    await runOrThrow('cp', ['-r', base, layout])
    await runOrThrow('umoci', ['config', '--image', `${layout}:latest`, '--config.env', 'FROM_UMOCI=1'])
    const image = await build('FROM other\nCOPY --from=other /etc/group /g\n', {
      args: ['--build-context', `other=oci-layout://${layout}:latest`],
    })
    expect(image.config.config['Env']).toContain('FROM_UMOCI=1')
  })
})
