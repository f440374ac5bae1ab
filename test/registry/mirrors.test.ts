import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { registryMissing, startRegistry, type TestRegistry } from '@tsbuild/registry/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { engine } from '../../src/cli/load-engine.ts'
import { call, type Outcome } from '../../src/cli/testing/invocation.ts'
import { titled } from '../support/obstacle.ts'

/** A port that refuses connections. */
const nowhere = '127.0.0.1:1'

describe.skipIf(registryMissing !== undefined)(titled('a mirror of Docker Hub in daemon.json', registryMissing), () => {
  let mirror: TestRegistry
  let directory = ''
  // Docker Hub is out of reach.
  const run = (argv: readonly string[]): Promise<Outcome> =>
    call(argv, {
      engine,
      cwd: directory,
      env: { HOME: directory, TSBUILD_ROOT: join(directory, 'store'), HTTPS_PROXY: `http://${nowhere}` },
    })
  const configure = (host: string): Promise<void> =>
    writeFile(join(directory, '.config/docker/daemon.json'), JSON.stringify({ 'registry-mirrors': [`http://${host}`] }))

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'tsbuild-mirror-'))
    mirror = await startRegistry()
    await mkdir(join(directory, '.config/docker'), { recursive: true })
    await writeFile(join(directory, 'Dockerfile'), 'FROM scratch\nLABEL from=mirror\n')
    expect(await run(['build', '-q', '-t', `${mirror.host}/library/app`, '--push', '.'])).toMatchObject({ status: 0 })
  })
  afterAll(async () => {
    await mirror[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  })

  test('is enough to pull and to build', async () => {
    await configure(mirror.host)
    expect(await run(['pull', '-q', 'app'])).toMatchObject({ status: 0, stderr: '' })
    await writeFile(join(directory, 'Based'), 'FROM app\n')
    expect(await run(['build', '-q', '--pull', '-f', 'Based', '.'])).toMatchObject({ status: 0, stderr: '' })
  })

  test('may stand in registries.conf, which can also rename and block', async () => {
    const file = join(directory, 'registries.conf')
    const pull = (text: string, name: string): Promise<Outcome> =>
      writeFile(file, text).then(() =>
        call(['pull', '-q', name], {
          engine,
          cwd: directory,
          env: { HOME: directory, TSBUILD_ROOT: join(directory, 'store'), CONTAINERS_REGISTRIES_CONF: file },
        }),
      )
    const renamed = `[[registry]]\nprefix = "r.example/team"\nlocation = "${mirror.host}/library"\n`
    expect(await pull(renamed, 'r.example/team/app')).toMatchObject({ status: 0, stderr: '' })
    expect(await pull('[[registry]]\nlocation = "r.example"\nblocked = true\n', 'r.example/app')).toMatchObject({
      status: 4,
      stderr: expect.stringContaining(`r.example is blocked in ${file}`),
    })
  })

  test('that fails costs one line', async () => {
    await configure(nowhere)
    const { status, stderr } = await run(['pull', 'app'])
    expect(status).toBe(4)
    const lines = stderr.split('\n').filter((line) => line.startsWith('WARNING'))
    expect(lines).toEqual([expect.stringContaining(`mirror ${nowhere} of docker.io failed: no answer from ${nowhere}`)])
    expect(stderr).toContain('error: ')
  })

  test('is not used while the file is broken, which is named', async () => {
    await writeFile(join(directory, '.config/docker/daemon.json'), '{"registry-mirrors": [}')
    const { status, stderr } = await run(['pull', 'app'])
    expect(status).toBe(4)
    expect(stderr).toContain(`${directory}/.config/docker/daemon.json: `)
  })
})
