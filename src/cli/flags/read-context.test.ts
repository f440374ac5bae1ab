import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readContext } from './read-context.ts'
import { invocationOf } from '../testing/invocation.ts'

let cwd = ''
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'tsbuild-context-'))
  await mkdir(join(cwd, 'app'))
  await writeFile(join(cwd, 'app/Dockerfile.ci'), 'FROM scratch\n')
  await writeFile(join(cwd, 'Dockerfile.here'), 'FROM scratch\n')
})
afterAll(() => rm(cwd, { recursive: true }))

test('a local context is absolute, and --file starts at the working directory', async () => {
  const invocation = invocationOf({ cwd })
  expect(await readContext({ context: 'app' }, invocation)).toEqual({ context: join(cwd, 'app') })
  expect(await readContext({ context: 'app', file: 'Dockerfile.here' }, invocation)).toEqual({
    context: join(cwd, 'app'),
    dockerfile: join(cwd, 'Dockerfile.here'),
  })
  expect(await readContext({ context: 'app', file: 'https://x.example/Dockerfile' }, invocation)).toMatchObject({
    dockerfile: 'https://x.example/Dockerfile',
  })
})

test("kaniko's file is looked for beside the working directory, then in the context", async () => {
  const invocation = invocationOf({ cwd })
  expect(await readContext({ context: 'dir://app', peerFile: 'Dockerfile.ci' }, invocation)).toEqual({
    context: join(cwd, 'app'),
    dockerfile: join(cwd, 'app/Dockerfile.ci'),
  })
  expect(await readContext({ context: 'app', peerFile: 'Dockerfile.here' }, invocation)).toMatchObject({
    dockerfile: join(cwd, 'Dockerfile.here'),
  })
})

test.for([
  'https://x.example/a.git#main:sub',
  'git@x.example:team/app',
  'ssh://git@x.example/app',
  'github.com/team/app',
])('%s is fetched, and the file is one of its own', async (context) => {
  expect(await readContext({ context, file: 'ci/Dockerfile' }, invocationOf({ cwd }))).toEqual({
    context,
    dockerfile: 'ci/Dockerfile',
  })
})

test('standard input is a context or a Dockerfile, not both', async () => {
  const invocation = invocationOf({ cwd, input: 'FROM scratch\n' })
  expect(await readContext({ context: '-' }, invocation)).toEqual({ context: invocation.stdin })
  expect(await readContext({ context: 'tar://stdin', file: 'sub/Dockerfile' }, invocation)).toEqual({
    context: invocation.stdin,
    dockerfile: 'sub/Dockerfile',
  })
  expect(await readContext({ context: 'app', file: '-' }, invocation)).toEqual({
    context: join(cwd, 'app'),
    dockerfile: { text: 'FROM scratch\n', name: 'Dockerfile' },
  })
  await expect(readContext({ context: '-', file: '-' }, invocation)).rejects.toThrow(/both/)
})

test('a context that is no directory', async () => {
  await expect(readContext({ context: 'nowhere' }, invocationOf({ cwd }))).rejects.toThrow(
    'context "nowhere" does not exist',
  )
  await expect(readContext({ context: 'Dockerfile.here' }, invocationOf({ cwd }))).rejects.toThrow('not a directory')
})
