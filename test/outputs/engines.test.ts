import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { frugalRun, podman, podmanCommand } from '../support/run-container.ts'
import { startDocker, withoutDocker } from '../support/start-docker.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { test as buildTest } from '../support/test.ts'

/** Archives as an engine may be given them: what differs is in the third place of `-o`. */
const forms = [
  '',
  ',oci-mediatypes=false',
  ',compression=uncompressed',
  ',oci-mediatypes=false,compression=uncompressed',
]
const dockerfile =
  'FROM base\nCOPY --chown=1000:1001 --chmod=4750 a /a\nENV A=b\nCMD ["sh", "-c", "stat -c %a:%u:%g /a; echo $A"]\n'
const files = { a: 'hello' }
const said = '4750:1000:1001\nb\n'

const dockerObstacle = withoutDocker()
const test = buildTest.extend<{ daemon: Awaited<ReturnType<typeof startDocker>> }>({
  daemon: [
    async ({}, use) => {
      await using directory = await temporaryDirectory()
      await using daemon = await startDocker(directory.path)
      await use(daemon)
    },
    { scope: 'file' },
  ],
})

describe.skipIf(dockerObstacle !== undefined)(titled('docker', dockerObstacle), () => {
  test.for(forms)('docker load takes an archive%s', async (form, { build, directory, daemon }) => {
    const archive = join(directory, 'image.tar')
    const image = await build(dockerfile, {
      files,
      args: ['-t', 'load:1', '-t', 'load:2', '-o', `type=docker,dest=${archive}${form}`],
    })
    const { stdout, stderr, code } = await daemon.docker('load', '-i', archive)
    expect(code, stderr).toBe(0)
    expect(stdout).toBe('Loaded image: load:1\nLoaded image: load:2\n')
    const inspected = await daemon.docker('image', 'inspect', '-f', '{{.Id}} {{json .RootFS.Layers}}', 'load:2')
    // The engine calls the image by the digest of its config, which does not depend on how layers
    // are compressed.
    expect(inspected.stdout).toBe(`${image.manifest.config.digest} ${JSON.stringify(image.config.rootfs.diff_ids)}\n`)
    expect(await daemon.docker('run', '--rm', '--network', 'none', 'load:1')).toMatchObject({ stdout: said, code: 0 })
    await daemon.docker('image', 'rm', '-f', 'load:1', 'load:2')
  })

  test('--load gives it the image, and --iidfile the name it has there', async ({ build, directory, daemon }) => {
    const iidfile = join(directory, 'iid')
    await build(dockerfile, {
      files,
      args: ['-t', 'given:1', '--load', '--iidfile', iidfile],
      env: { DOCKER_HOST: daemon.address },
    })
    const id = await readFile(iidfile, 'utf8')
    expect(await daemon.docker('run', '--rm', '--network', 'none', id)).toMatchObject({ stdout: said, code: 0 })
    expect((await daemon.docker('image', 'inspect', '-f', '{{.Id}}', 'given:1')).stdout).toBe(`${id}\n`)
  })

  test('an archive without names has an id', async ({ build, directory, daemon }) => {
    const archive = join(directory, 'image.tar')
    const image = await build('FROM base\nCOPY a /unnamed\n', { files, args: ['-o', `type=docker,dest=${archive}`] })
    expect((await daemon.docker('load', '-i', archive)).stdout).toBe(
      `Loaded image ID: ${image.manifest.config.digest}\n`,
    )
  })
})

const clientObstacle = withoutPrograms('docker')
test.skipIf(clientObstacle !== undefined)(
  titled('--load asks for a daemon before it builds', clientObstacle),
  async ({ failBuild, directory }) => {
    const env = { TSBUILD_ENGINE: 'docker', DOCKER_HOST: `unix://${join(directory, 'no.sock')}` }
    const { stderr, code } = await failBuild('FROM base\nRUN echo built\n', { args: ['-t', 'given:1', '--load'], env })
    expect(stderr).toMatch(
      /^error: no container engine available to load the image: docker: .*no\.sock.*\nhint: start docker, or /,
    )
    expect(code).toBe(1)
  },
)

const podmanObstacle = withoutPrograms('podman') ?? withoutRoot()
describe.skipIf(podmanObstacle !== undefined)(titled('podman', podmanObstacle), () => {
  test.for([...forms, ',compression=zstd'])('podman load takes an archive%s', async (form, { build, directory }) => {
    const archive = join(directory, 'image.tar')
    await build(dockerfile, { files, args: ['-t', 'r.example/load:1', '-o', `type=docker,dest=${archive}${form}`] })
    const loaded = await podman(directory, 'load', '-q', '-i', archive)
    expect(loaded.code, loaded.stderr).toBe(0)
    expect(loaded.stdout.trim()).toBe('Loaded image: r.example/load:1')
    expect(await podman(directory, ...frugalRun, 'r.example/load:1')).toMatchObject({ stdout: said, code: 0 })
  })

  test('podman load takes an OCI archive, by name', async ({ build, directory }) => {
    const archive = join(directory, 'image.tar')
    await build(dockerfile, { files, args: ['-t', 'r.example/oci:7', '-o', `type=oci,dest=${archive}`] })
    expect((await podman(directory, 'load', '-q', '-i', archive)).stdout.trim()).toBe('Loaded image: r.example/oci:7')
    expect(await podman(directory, ...frugalRun, 'r.example/oci:7')).toMatchObject({ stdout: said, code: 0 })
  })
  test('--load gives it the image where TSBUILD_ENGINE names it', async ({ build, directory }) => {
    const engine = join(directory, 'engine')
    await writeFile(
      engine,
      `#!/bin/sh\nexec ${podmanCommand(directory)
        .map((word) => `'${word}'`)
        .join(' ')} "$@"\n`,
      { mode: 0o755 },
    )
    const { log } = await build(dockerfile, {
      files,
      args: ['-t', 'r.example/given:1', '--load'],
      env: { TSBUILD_ENGINE: engine },
    })
    expect(log).toContain('loaded into engine\n')
    expect(await podman(directory, ...frugalRun, 'r.example/given:1')).toMatchObject({ stdout: said, code: 0 })
  })
})
