import { symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect } from 'vitest'
import { titled } from '../support/obstacle.ts'
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
      await runOrThrow('npm', ['install', '--no-audit', '--no-fund', `./${filename}`], { cwd: directory.path })
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
const { digest } = await build({ context: 'context', root: 'store', outputs: [{ kind: 'oci', dest: 'layout', tar: false, names: [] }] })
console.log(digest)`
    await writeTree(consumer, { 'build.mjs': program })
    const digest = (
      await runOrThrow('node', [join(consumer, 'build.mjs')], { cwd: directory, env: withNode(nodes) })
    ).trim()
    expect((await openImage(join(directory, 'layout'))).digest).toBe(digest)
  })
})

test('says which Node it needs to one that is too old', async ({ consumer }) => {
  const pretend = "data:text/javascript,Object.defineProperty(process, 'versions', { value: { node: '22.18.1' } })"
  const options = { env: { NODE_OPTIONS: `--import="${pretend}"` } }
  const { code, stderr } = await runProgram(join(consumer, 'node_modules/.bin/tsbuild'), ['--version'], options)
  expect(stderr).toBe('error: tsbuild needs Node 22.19 or newer, this is 22.18.1\n')
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
        types: ['node'],
        skipLibCheck: false,
      },
      files: ['use.mts', 'wrong.mts'],
    }),
  })
  await symlink(join(root, 'node_modules/@types'), join(consumer, 'node_modules/@types'))
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
      hint: expect.stringContaining('--external'),
      line: 2,
    })
  },
)

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
