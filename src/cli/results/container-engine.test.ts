import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { test } from '../../layer/testing/store.ts'
import type { BuildOptions } from '../../options.ts'
import type { Engine } from '../invocation/engine.ts'
import { call, emptyResult } from '../testing/invocation.ts'

/** An engine as a shell script, and a build that writes an archive for it. */
async function withEngine(program: string, script: string): Promise<Partial<Engine>> {
  await writeFile(program, `#!/bin/sh\n${script}\n`)
  await chmod(program, 0o755)
  return {
    build: async ({ outputs = [] }: BuildOptions) => {
      const [output] = outputs
      if (output?.kind !== 'docker' || typeof output.dest !== 'string') throw new Error('not an archive')
      await writeFile(output.dest, output.names?.join() ?? '')
      return { ...emptyResult, outputs: [`wrote ${output.dest}`] }
    },
  }
}

/** A call that is killed while it loads. */
const leaveArchive = `import { makeLoadDirectory } from ${JSON.stringify(join(import.meta.dirname, 'load-directory.ts'))}
  import { writeSync } from 'node:fs'
  writeSync(1, await makeLoadDirectory())
  process.kill(process.pid, 'SIGKILL')`
const answering = '[ "$1" = ps ] && exit; [ "$1 $2" = "load --input" ] && /bin/cat "$3" > "$LOADED"'
const silent = 'echo "a warning" >&2; echo "cannot connect to the daemon" >&2; exit 1'

test('--load builds an archive and gives it to the first engine that answers', async ({ directory: cwd }) => {
  const engine = await withEngine(join(cwd, 'podman'), answering)
  const env = { PATH: cwd, LOADED: join(cwd, 'loaded') }
  const argv = ['-t', 'app:1', '--load', '.']
  expect(await call(argv, { engine, cwd, env })).toMatchObject({ status: 0, stderr: 'loaded into podman\n' })
  expect(await readFile(join(cwd, 'loaded'), 'utf8')).toBe('app:1')
  await withEngine(join(cwd, 'docker'), silent)
  expect(await call(argv, { engine, cwd, env })).toMatchObject({
    status: 0,
    stderr: 'loaded into podman (docker does not answer)\n',
  })
})

test('--load removes the archives of a killed call', async ({ directory: cwd }) => {
  const engine = await withEngine(join(cwd, 'podman'), answering)
  const dead = spawnSync(process.execPath, ['--input-type=module', '-e', leaveArchive], { encoding: 'utf8' }).stdout
  expect(existsSync(dead)).toBe(true)
  const env = { PATH: cwd, LOADED: join(cwd, 'loaded') }
  expect(await call(['-t', 'app:1', '--load', '.'], { engine, cwd, env })).toMatchObject({ status: 0 })
  expect(existsSync(dead)).toBe(false)
})

test('--load fails before the build where no engine answers', async ({ directory: cwd }) => {
  await withEngine(join(cwd, 'docker'), silent)
  for (const words of [['--load'], ['-o', 'type=docker']]) {
    expect(await call([...words, '.'], { cwd, env: { PATH: cwd } })).toMatchObject({
      status: 1,
      stderr: `error: no container engine available to load the image: docker: cannot connect to the daemon
hint: start docker, or name another engine with TSBUILD_ENGINE; -o type=docker,dest=image.tar needs no engine
`,
    })
  }
})

test('TSBUILD_ENGINE names the engine for --load, by name or path', async ({ directory: cwd }) => {
  await withEngine(join(cwd, 'docker'), answering)
  const engine = await withEngine(join(cwd, 'other'), answering)
  const env = { PATH: cwd, LOADED: join(cwd, 'loaded') }
  for (const chosen of ['other', join(cwd, 'other')]) {
    expect(await call(['--load', '.'], { engine, cwd, env: { ...env, TSBUILD_ENGINE: chosen } })).toMatchObject({
      status: 0,
      stderr: 'loaded into other\n',
    })
  }
  expect(await call(['--load', '.'], { engine, cwd, env: { ...env, TSBUILD_ENGINE: 'podman' } })).toMatchObject({
    status: 2,
    stderr: 'error: TSBUILD_ENGINE names "podman", which is not in PATH\nhint: use docker, podman or a path\n',
  })
})

test('an engine that refuses the image says why', async ({ directory: cwd }) => {
  const engine = await withEngine(
    join(cwd, 'podman'),
    '[ "$1" = ps ] || { echo "Error: no space left" >&2; exit 125; }',
  )
  const { status, stderr } = await call(['--load', '.'], { engine, cwd, env: { PATH: cwd } })
  expect([status, stderr.split('\n')[0]]).toEqual([1, 'error: cannot load the image into podman: no space left'])
})
