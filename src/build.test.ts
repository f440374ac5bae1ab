import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { decompress, fetchAll, OciLayout } from '@tsbuild/content'
import { isIndexType, parseIndex, parseManifest } from '@tsbuild/oci'
import { readTar } from '@tsbuild/tar'
import { build, plan } from './build.ts'
import type { Output } from './export/output.ts'
import type { BuildOptions } from './options.ts'

let directory = ''
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tsbuild-build-'))
  await writeFile(join(directory, 'file'), 'content')
})
afterEach(() => rm(directory, { recursive: true }))

const optionsFor = (text: string, more: Partial<BuildOptions> = {}): BuildOptions => ({
  context: directory,
  dockerfile: { text },
  root: join(directory, 'store'),
  ...more,
})
const layoutOutput = (more: { readonly rewriteTimestamp?: boolean } = {}): Output => ({
  kind: 'oci',
  dest: join(directory, 'layout'),
  tar: false,
  names: ['app:1'],
  ...more,
})

async function fileTime(): Promise<number | undefined> {
  const layout = await OciLayout.open(join(directory, 'layout'))
  const [root] = await layout.roots()
  if (!root) throw new Error('no image')
  const [layer] = parseManifest(await fetchAll(layout, root)).layers
  if (!layer) throw new Error('no layer')
  for await (const { entry } of readTar(decompress(await layout.open(layer), 'gzip')))
    if (entry.path === 'file') return entry.mtime
  return undefined
}

test('SOURCE_DATE_EPOCH dates files, unless rewrite-timestamp=false', async () => {
  const dockerfile = 'FROM scratch\nCOPY file /\n'
  await build(optionsFor(dockerfile, { args: { SOURCE_DATE_EPOCH: '7' }, outputs: [layoutOutput()] }))
  expect(await fileTime()).toBe(7)
  await rm(join(directory, 'layout'), { recursive: true })
  await build(
    optionsFor(dockerfile, { args: { SOURCE_DATE_EPOCH: '7' }, outputs: [layoutOutput({ rewriteTimestamp: false })] }),
  )
  expect(await fileTime()).toBeGreaterThan(1_000_000_000)
})

test('BUILDKIT_MULTI_PLATFORM makes an index for one platform too', async () => {
  const { mediaType = '', digest } = await build(
    optionsFor('FROM scratch\nCOPY file /\n', { args: { BUILDKIT_MULTI_PLATFORM: '1' }, outputs: [layoutOutput()] }),
  )
  expect(isIndexType(mediaType)).toBe(true)
  const layout = await OciLayout.open(join(directory, 'layout'))
  const [root] = await layout.roots()
  expect(root?.digest).toBe(digest)
  expect(parseIndex(await readFile(layout.pathOf(root?.digest ?? 'sha256:'))).manifests).toHaveLength(1)
})

test('undeclared arguments and other frontends give warnings', async () => {
  const { warnings } = await build(
    optionsFor('# syntax=example/other:1\nFROM scratch\nARG A\nCOPY file /\n', {
      args: { A: '1', B: '2', http_proxy: 'p' },
    }),
  )
  expect(warnings.map(({ code, message }) => [code, message])).toEqual([
    ['UnusedBuildArg', 'one or more build args were not consumed: [B]'],
    ['ForeignSyntax', '"# syntax=example/other:1" names another frontend: the file is read as a Dockerfile'],
  ])
})

test('an image that Docker refuses for the number of its layers is warned of', async () => {
  const codes = async (layers: number): Promise<readonly string[]> => {
    const { warnings } = await plan(optionsFor(`FROM scratch\n${'COPY file /\n'.repeat(layers)}`))
    return warnings.map(({ code }) => code)
  }
  expect([await codes(125), await codes(126)]).toEqual([[], ['ManyLayers']])
})

test('an inline cache without an image is warned of', async () => {
  const codes = async (outputs: readonly Output[]): Promise<readonly string[]> => {
    const { warnings } = await plan(optionsFor('FROM scratch\n', { outputs, cacheTo: [{ kind: 'inline' }] }))
    return warnings.map(({ code }) => code)
  }
  expect(await codes([{ kind: 'cacheonly' }])).toEqual(['InlineCacheLeftOut'])
  expect(await codes([layoutOutput()])).toEqual([])
})

test('a missing source names the rule that hides it', async () => {
  await writeFile(join(directory, '.dockerignore'), '# comment\nfi*\n')
  await expect(build(optionsFor('FROM scratch\nCOPY file /\n'))).rejects.toMatchObject({
    code: 'SOURCE_NOT_FOUND',
    message: expect.stringContaining('"/file": not found'),
    hint: expect.stringMatching(/^"file" is excluded from the context by "fi\*", line 2 of .*\.dockerignore;/),
    range: { start: { line: 2 } },
  })
})

test('the plan of what was built is all hits, and its id is that of every machine', async () => {
  const options = optionsFor('FROM scratch\nCOPY file /\nWORKDIR /w\n')
  const before = await plan(options)
  expect(before.steps.map(({ state }) => state)).toEqual(['miss', 'unknown'])
  await build(options)
  const after = await plan(options)
  expect(after.steps.map(({ state }) => state)).toEqual(['hit', 'hit'])
  expect(after.id).toBe(before.id)
  expect((await plan({ ...options, root: join(directory, 'other') })).id).toBe(before.id)
})

test('an aborted build rejects and leaves a store that works', async () => {
  const controller = new AbortController()
  controller.abort()
  const options = optionsFor('FROM scratch\nCOPY file /\n')
  await expect(build({ ...options, signal: controller.signal })).rejects.toThrow()
  expect((await build(options)).steps.run).toBe(1)
})

test('a stage that is not there is warned of when it is to be built without the cache', async () => {
  const options = optionsFor('FROM scratch AS build\nCOPY file /\nFROM build\nCOPY file /b\n', {
    noCache: ['Build', '1', 'biuld', 'x'],
  })
  const { warnings } = await build(options)
  expect(warnings).toEqual([
    { code: 'UnknownStage', message: 'no stage "biuld" to build without cache: did you mean build?' },
    { code: 'UnknownStage', message: 'no stage "x" to build without cache' },
  ])
})
