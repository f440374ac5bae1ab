import { join } from 'node:path'
import { expect } from 'vitest'
import { build } from '../../src/index.ts'
import { test } from '../support/edge.ts'
import { writeTree } from '../support/write-tree.ts'

const dockerfile = 'FROM scratch\nENV A=1 B=2 C=3\nLABEL a=1 b=2\nCOPY f /f\n'
const files = { f: 'f' }

test('variables and labels of the caller replace and remove those of the Dockerfile', async ({ edge }) => {
  const image = await edge(dockerfile, {
    files,
    imageEnv: { B: 'two', D: '4' },
    unsetEnv: ['A', 'D', 'unknown'],
    labels: { b: 'two' },
    unsetLabels: ['a', 'unknown'],
  })
  expect([image.env('A'), image.env('B'), image.env('C'), image.env('D')]).toEqual([undefined, 'two', '3', '4'])
  expect(image.config.config['Labels']).toEqual({ b: 'two' })
  expect(image.history).toEqual((await edge(dockerfile, { files })).history)
})

test('an image without history is an image', async ({ edge }) => {
  const image = await edge(dockerfile, { files, omitHistory: true })
  expect([image.config.history ?? [], image.layers.length]).toEqual([[], 1])
})

test('an ignore file of the caller replaces that of the context', async ({ edge, directory }) => {
  const context = { '.dockerignore': 'f\n', f: 'f', g: 'g', 'other.ignore': 'g\n.dockerignore\nother.ignore\n' }
  await writeTree(`${directory}/own`, context)
  const copied = await edge('FROM scratch\nCOPY . /\n', {
    context: `${directory}/own`,
    ignoreFile: `${directory}/own/other.ignore`,
  })
  expect(copied.lines(0)).toEqual(['f 644 0:0 f'])
  const inMemory = await edge('FROM scratch\nCOPY . /\n', {
    context: { f: 'f', g: 'g' },
    ignoreFile: `${directory}/own/other.ignore`,
  })
  expect(inMemory.lines(0)).toEqual(['f 644 0:0 f'])
  await expect(edge('FROM scratch\n', { ignoreFile: `${directory}/missing` })).rejects.toMatchObject({
    code: 'IGNORE_FILE_INVALID',
    message: expect.stringContaining('not found'),
  })
  await expect(
    edge('FROM scratch\n', { context: new Uint8Array(1024), ignoreFile: `${directory}/own/other.ignore` }),
  ).rejects.toMatchObject({ code: 'IGNORE_FILE_INVALID' })
})

test('pull: never takes images of the store only', async ({ edge, directory, root }) => {
  const { code, message, hint } = await edge('FROM registry.invalid/app:1\n', { pull: 'never' }).catch((error) => error)
  expect([code, message]).toEqual(['IMAGE_UNRESOLVED', 'image "registry.invalid/app:1" is not in the local store'])
  expect(hint).toBe('run: tsbuild pull registry.invalid/app:1; or build without --pull=never')
  const digest = `registry.invalid/app@sha256:${'a'.repeat(64)}`
  await expect(edge(`FROM ${digest}\n`, { pull: 'never' })).rejects.toThrow('is not in the local store')
  const layout = { kind: 'oci', dest: join(directory, 'from-store'), tar: false, names: [] } as const
  const outputs = [{ kind: 'image', names: ['registry.invalid/app:1'] }, layout] as const
  await build({ context: {}, dockerfile: { text: 'FROM scratch\nENV N=1\n' }, root, outputs })
  expect((await edge('FROM registry.invalid/app:1\n', { pull: 'never' })).env('N')).toBe('1')
})

test.for<[object, string]>([
  [{ squash: 'some' }, 'option "squash" must be'],
  [{ imageEnv: { 'A=B': 'x' } }, 'option "imageEnv" must be values by the name of a variable'],
  [{ pull: 'always' }, 'option "pull" must be'],
  [{ jobs: 0 }, 'option "jobs" must be'],
  [{ retry: { times: -1 } }, 'option "retry.times" must be'],
  [{ retry: { tries: 1 } }, 'tries'],
])('%j is refused', async ([options, message], { edge }) => {
  await expect(edge('FROM scratch\n', options)).rejects.toThrow(message)
})
