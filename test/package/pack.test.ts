import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { registryMissing, startRegistry } from '@tsbuild/registry/testing'
import { build as esbuild } from 'esbuild'
import { rolldown } from 'rolldown'
import { beforeAll, describe, expect } from 'vitest'
import { webpack } from 'webpack'
import { titled, withoutPrograms } from '../support/obstacle.ts'
import { openImage } from '../support/open-image.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { runOrThrow, runProgram } from '../support/run-program.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { test as buildTest } from '../support/test.ts'
import { withoutUserNamespaces } from '../support/without-user-namespaces.ts'
import { writeTree } from '../support/write-tree.ts'

const root = join(import.meta.dirname, '../..')

/** The first Node that `engines` of package.json allows, and the newest of each later line. */
const versions = ['22.19.0', '22', '24']

/**
 * `consumer`: a folder in which the packed package is installed. `nodes`: one with a Node of each
 * version.
 */
const test = buildTest.extend<{ consumer: string; nodes: string }>({
  consumer: [
    async ({}, use) => {
      await using directory = await temporaryDirectory()
      const [{ filename }]: [{ filename: string }] = JSON.parse(
        // What prepack prints must not get between the lines of JSON.
        await runOrThrow(
          'npm',
          ['pack', '--json', '--silent', '--ignore-scripts', '--pack-destination', directory.path],
          { cwd: root },
        ),
      )
      await runOrThrow('npm', ['install', '--no-audit', '--no-fund', `tsbuild@file:./${filename}`], {
        cwd: directory.path,
      })
      await use(directory.path)
    },
    { scope: 'file' },
  ],
  nodes: [
    async ({}, use) => {
      await using directory = await temporaryDirectory()
      const packages = versions.map((version) => `${version}@npm:node-${process.platform}-${process.arch}@${version}`)
      await runOrThrow('npm', ['install', '--no-audit', '--no-fund', '--prefix', directory.path, ...packages])
      await use(join(directory.path, 'node_modules'))
    },
    { scope: 'file' },
  ],
})

beforeAll(() => runOrThrow('npm', ['run', 'build'], { cwd: root }))

const runObstacle = await withoutRun()
const namespaceObstacle = runObstacle ?? (await withoutUserNamespaces())

describe.each(versions)('on Node %s', (version) => {
  const withNode = (nodes: string): Readonly<Record<string, string>> => ({
    PATH: `${join(nodes, version, 'bin')}:${process.env['PATH'] ?? ''}`,
  })

  test('builds, without a warning of Node', async ({ consumer, directory, store, nodes }) => {
    const program = join(consumer, 'node_modules/.bin/tsbuild')
    expect((await runOrThrow('node', ['--version'], { env: withNode(nodes) })).slice(1, -1).startsWith(version)).toBe(
      true,
    )
    expect(await runProgram(program, ['--version'], { env: withNode(nodes) })).toEqual({
      code: 0,
      stdout: expect.stringContaining('0.1.0'),
      stderr: '',
    })
    await writeTree(join(directory, 'context'), { Dockerfile: 'FROM scratch\nCOPY a /\n', a: 'hello' })
    const options = { cwd: directory, env: { ...withNode(nodes), TSBUILD_ROOT: store } }
    await runOrThrow(program, ['-o', 'type=oci,tar=false,dest=layout', 'context'], options)
    expect((await openImage(join(directory, 'layout'))).layers[0]?.map(({ line }) => line)).toEqual(['f 644 0:0 a'])
  })

  // Supervisors of userns-single and confined have a file of their own in the package.
  for (const [isolation, obstacle] of [
    ['auto', runObstacle],
    ['userns-single', namespaceObstacle],
    ['confined', runObstacle],
  ] as const) {
    test.skipIf(obstacle !== undefined)(
      titled(`runs steps (${isolation})`, obstacle),
      async ({ consumer, directory, base, store, nodes }) => {
        await writeTree(join(directory, 'context'), {
          Dockerfile: 'FROM base\nRUN echo hello > /a && chown 33:44 /a\n',
        })
        const context = ['--build-context', `base=oci-layout://${base}:latest`, 'context']
        const args = ['--isolation', isolation, '-o', 'type=oci,tar=false,dest=layout', ...context]
        await runOrThrow(join(consumer, 'node_modules/.bin/tsbuild'), args, {
          cwd: directory,
          env: { ...withNode(nodes), TSBUILD_ROOT: store },
        })
        expect((await openImage(join(directory, 'layout'))).layers.at(-1)?.map(({ line }) => line)).toEqual([
          'f 644 33:44 a',
        ])
      },
    )
  }

  test('builds with the library', async ({ consumer, directory, nodes }) => {
    await writeTree(directory, { 'context/Dockerfile': 'FROM scratch\nCOPY a /\n', 'context/a': 'hello' })
    const program = `import { build } from 'tsbuild'
const { digest } = await build({ context: 'context', root: 'store', outputs: [{ kind: 'oci', dest: 'layout', tar: false }] })
console.log(digest)`
    await writeTree(consumer, { 'build.mjs': program })
    const digest = (
      await runOrThrow('node', [join(consumer, 'build.mjs')], { cwd: directory, env: withNode(nodes) })
    ).trim()
    expect((await openImage(join(directory, 'layout'))).digest).toBe(digest)
  })
})

test('has the licences of its dependencies', async ({ consumer }) => {
  const notices = await readFile(join(consumer, 'node_modules/tsbuild/THIRD-PARTY-NOTICES.txt'), 'utf8')
  expect(notices).toMatch(/^undici \d.*\(MIT\)$/m)
})

test('says which Node it needs to one that is too old', async ({ consumer }) => {
  const pretend = "data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '22.18.1' } })"
  const options = { env: { NODE_OPTIONS: `--import="${pretend}"` } }
  const { code, stderr } = await runProgram(join(consumer, 'node_modules/.bin/tsbuild'), ['--version'], options)
  expect(stderr).toMatch(/^error: tsbuild needs Node 22\.19 or newer, this is 22\.18\.1\nhint: .*executable.*\n$/)
  expect(code).toBe(2)
})

test('its types are enough for a strict consumer', async ({ consumer }) => {
  await writeTree(consumer, {
    'use.mts':
      "import { build } from 'tsbuild'\n\nconst { digest } = await build({ context: '.' })\nexport const text: string | undefined = digest\n",
    'wrong.mts': "import { build } from 'tsbuild'\n\n// @ts-expect-error: the context is missing\nawait build({})\n",
    'tsconfig.json': JSON.stringify({
      compilerOptions: {
        module: 'nodenext',
        target: 'esnext',
        strict: true,
        noEmit: true,
        skipLibCheck: false,
      },
      files: ['use.mts', 'wrong.mts'],
    }),
  })
  await runOrThrow('tsc', ['-p', '.'], { cwd: consumer })
})

test.for(['esm', 'cjs'])(
  'RUN in a bundle with tsbuild inside (%s) says what is missing',
  async (format, { consumer, directory, base }) => {
    const dockerfile = { text: 'FROM base\nRUN true\n' }
    const contexts = { base: `oci-layout://${base}` }
    const options = {
      context: directory,
      root: join(directory, 'store'),
      dockerfile,
      contexts,
      outputs: [{ kind: 'cacheonly' }],
    }
    await writeTree(consumer, {
      'bundled.mjs': `import { build, describeFailure } from 'tsbuild'
build(${JSON.stringify(options)}).catch((error) => console.log(JSON.stringify(describeFailure(error))))`,
    })
    const bundle = join(directory, `bundle.${format === 'esm' ? 'mjs' : 'cjs'}`)
    const flags = ['--platform', 'node', '-f', format, '--no-codeSplitting', '-o', bundle]
    await runOrThrow('rolldown', ['bundled.mjs', ...flags], { cwd: consumer })
    const failure: unknown = JSON.parse(await runOrThrow('node', [bundle]))
    expect(failure).toMatchObject({
      code: 'PACKAGE_INCOMPLETE',
      message: expect.stringMatching(/^RUN needs a file of tsbuild that is missing: .*agent-main\.js$/),
      hint: expect.stringContaining('install the package tsbuild'),
      line: 2,
    })
  },
)

const bundleObstacle = runObstacle ?? registryMissing ?? withoutPrograms('skopeo')

describe.skipIf(bundleObstacle !== undefined)(titled('a bundle of examples/library/deploy.ts', bundleObstacle), () => {
  /** Bundles a program and returns the file. */
  const bundlers: Readonly<
    Record<'esbuild' | 'rolldown' | 'webpack', (entry: string, consumer: string) => Promise<string>>
  > = {
    esbuild: async (entry, consumer) => {
      const outfile = join(consumer, 'esbuild/deploy.mjs')
      await esbuild({ entryPoints: [entry], bundle: true, platform: 'node', format: 'esm', outfile, logLevel: 'error' })
      return outfile
    },
    rolldown: async (entry, consumer) => {
      const bundle = await rolldown({ input: entry, platform: 'node', cwd: consumer })
      await bundle.write({ dir: join(consumer, 'rolldown'), format: 'esm', entryFileNames: 'deploy.mjs' })
      return join(consumer, 'rolldown/deploy.mjs')
    },
    webpack: async (entry, consumer) => {
      await bundleWithWebpack(entry, join(consumer, 'webpack'))
      return join(consumer, 'webpack/deploy.mjs')
    },
  }

  test('pulls, runs a step and pushes in every bundle, on the oldest and the newest Node', async ({
    consumer,
    base,
    directory,
    nodes,
  }) => {
    await using registry = await startRegistry()
    const from = `${registry.host}/base:1`
    await runOrThrow('skopeo', ['copy', '--dest-tls-verify=false', `oci:${base}:latest`, `docker://${from}`])
    const source = await readFile(join(root, 'examples/library/deploy.ts'), 'utf8')
    await writeTree(consumer, { 'deploy.mjs': stripTypeScriptTypes(source) })
    for (const [name, version] of [
      ['esbuild', '22.19.0'],
      ['rolldown', '24'],
      ['webpack', '24'],
    ] as const) {
      const program = await bundlers[name](join(consumer, 'deploy.mjs'), consumer)
      const target = `${registry.host}/${name}:1`
      const args = [program, from, target, join(directory, `store-${name}`)]
      const options = { cwd: directory, env: { PATH: `${join(nodes, version, 'bin')}:${process.env['PATH'] ?? ''}` } }
      const digest = (await runOrThrow('node', args, options)).trim()
      const inspect = ['inspect', '--tls-verify=false', '--format', '{{.Digest}}', `docker://${target}`]
      expect((await runOrThrow('skopeo', inspect)).trim(), `${name} on ${version}`).toBe(digest)
    }
  })

  test('builds in a worker thread', async ({ consumer, base, directory, nodes }) => {
    const options = {
      context: { Dockerfile: 'FROM base\nRUN echo a > /a\n' },
      contexts: { base: `oci-layout://${base}:latest` },
      root: join(directory, 'store'),
    }
    await writeTree(consumer, {
      'worker.mjs': `import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { build } from 'tsbuild'
if (isMainThread) new Worker(new URL(import.meta.url)).on('message', (digest) => console.log(digest))
else parentPort.postMessage((await build(${JSON.stringify(options)})).digest)`,
    })
    for (const version of ['22.19.0', '24']) {
      const env = { PATH: `${join(nodes, version, 'bin')}:${process.env['PATH'] ?? ''}` }
      expect(await runOrThrow('node', [join(consumer, 'worker.mjs')], { env })).toMatch(/^sha256:/)
    }
  })
})

/** Bundles as one ES module for Node. */
async function bundleWithWebpack(entry: string, path: string): Promise<void> {
  const compiler = webpack({
    mode: 'production',
    target: 'node22',
    entry,
    experiments: { outputModule: true },
    output: { path, filename: 'deploy.mjs', module: true, chunkFormat: 'module' },
  })
  if (compiler === null) throw new Error('webpack did not start')
  const stats = await promisify(compiler.run.bind(compiler))()
  if (stats === undefined || stats.hasErrors()) throw new Error(stats?.toString('errors-only'))
}

test('examples/library', async ({ directory, store }) => {
  const layout = join(directory, 'layout')
  const output = await runOrThrow('node', [join(root, 'examples/library/build-site.ts'), layout], {
    env: { TSBUILD_ROOT: store },
  })
  expect(output).toContain((await openImage(layout)).digest)
})

test('publint finds nothing', async () => {
  await runOrThrow('publint', ['--strict', '--pack', 'npm'], { cwd: root })
})
