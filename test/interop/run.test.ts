import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { frugalRun, podman, runBundle } from '../support/run-container.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { runOrThrow } from '../support/run-program.ts'
import { test } from '../support/test.ts'
import { tsbuildPath } from '../support/tsbuild.ts'
import { withoutShell } from '../support/write-base-image.ts'

const dockerfile =
  'FROM base\nCOPY --chown=app:app a /home/app/a\nUSER app\nWORKDIR /home/app\nENV A=1\nENTRYPOINT ["sh", "-c"]\nCMD ["cat a; id -u; pwd; echo $A"]\n'
const output = 'hello\n1000\n/home/app\n1\n'

const crunObstacle = withoutRoot() ?? withoutPrograms('crun', 'umoci', 'unshare', 'mount') ?? withoutShell()
describe.skipIf(crunObstacle !== undefined)(titled('crun', crunObstacle), () => {
  test('runs the image', async ({ tryBuild, directory }) => {
    const { layout } = await tryBuild(dockerfile, { files: { a: 'hello\n' }, args: ['-t', 'app:1'] })
    const bundle = join(directory, 'bundle')
    await runOrThrow('umoci', ['unpack', '--image', `${layout}:1`, bundle])
    expect(await runBundle(bundle)).toMatchObject({ code: 0, stdout: output })
  })
})

const runObstacle = crunObstacle ?? (await withoutRun())
describe.skipIf(runObstacle !== undefined)(titled('examples/hello', runObstacle), () => {
  test('is an image whose program runs', async ({ store, directory }) => {
    const root = join(import.meta.dirname, '../..')
    const layout = join(directory, 'layout')
    const esbuild = `esbuild=${join(root, 'examples/hello/node_modules/esbuild/bin')}`
    const args = [
      '--build-context',
      esbuild,
      '-t',
      'hello:1',
      '-o',
      `type=oci,tar=false,dest=${layout}`,
      join(root, 'examples/hello'),
    ]
    await runOrThrow(tsbuildPath, args, { env: { TSBUILD_ROOT: store } })
    const bundle = join(directory, 'bundle')
    await runOrThrow('umoci', ['unpack', '--image', `${layout}:1`, bundle])
    const { code, stdout } = await runBundle(bundle, ['/bin/esbuild', '--version'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
  })
})

const podmanObstacle = withoutRoot() ?? withoutPrograms('podman', 'unshare', 'mount') ?? withoutShell()
describe.skipIf(podmanObstacle !== undefined)(titled('podman', podmanObstacle), () => {
  test('loads and runs archives of both kinds', async ({ build, directory }) => {
    for (const kind of ['docker', 'oci']) {
      const archive = join(directory, `${kind}.tar`)
      await build(dockerfile, {
        files: { a: 'hello\n' },
        args: ['-t', `localhost/${kind}:1`, '-o', `type=${kind},dest=${archive}`],
      })
      const loaded = await podman(directory, 'load', '-q', '-i', archive)
      expect(loaded).toMatchObject({ code: 0, stdout: expect.stringContaining(`localhost/${kind}:1`) })
      expect(await podman(directory, ...frugalRun, `localhost/${kind}:1`)).toMatchObject({ code: 0, stdout: output })
    }
    await podman(directory, 'rmi', '-af')
  })
})
