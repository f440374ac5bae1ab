import { createReadStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { expect } from 'vitest'
import { type ArchiveReader, build, type BuildContext, type BuildOptions, describeFailure } from '../../src/index.ts'
import { readArchive } from '../support/read-archive.ts'
import { runOrThrow } from '../support/run-program.ts'
import { test } from '../support/test.ts'
import { writeTree } from '../support/write-tree.ts'

const dockerfile = 'FROM scratch\nCOPY . /app\nCOPY --from=lib /l /lib/\n'
const files = {
  Dockerfile: dockerfile,
  '.dockerignore': '*.log\nDockerfile\n.dockerignore\n',
  './bin/run': { content: '#!/bin/sh\n', mode: 0o755 },
  'bin/other': { link: 'run' },
  'data.bin': new Uint8Array([1, 2, 3]),
  'debug.log': 'no',
}

/** Collects an archive, and counts the calls. */
function collector(): { readonly read: ArchiveReader; readonly bytes: Promise<Buffer> } {
  const { promise, resolve } = Promise.withResolvers<Buffer>()
  const read: ArchiveReader = async (archive) => resolve(Buffer.concat(await Array.fromAsync(archive)))
  return { read, bytes: promise }
}

async function filesOf(context: BuildContext, options: Partial<BuildOptions>): Promise<readonly string[]> {
  const { read, bytes } = collector()
  await build({ ...options, context, outputs: [{ kind: 'tar', dest: read }] })
  return (await readArchive(await bytes)).map(({ line }) => line)
}

test('files in memory, a directory, a tar and its URL give the same files', async ({ directory }) => {
  const options = { root: join(directory, 'store'), contexts: { lib: { l: 'lib' } } }
  const expected = [
    'd 755 0:0 app/',
    'd 755 0:0 app/bin/',
    'l 777 0:0 app/bin/other -> run',
    'f 755 0:0 app/bin/run',
    'f 644 0:0 app/data.bin',
    'd 755 0:0 lib/',
    'f 644 0:0 lib/l',
  ]
  expect(await filesOf(files, options)).toEqual(expected)

  await writeFile(join(directory, 'run'), '#!/bin/sh\n', { mode: 0o755 })
  const lazily = { ...files, './bin/run': { file: 'run' } }
  expect(await filesOf(lazily, { ...options, cwd: directory })).toEqual(expected)

  const context = join(directory, 'context')
  await writeTree(context, { 'bin/run': { text: '#!/bin/sh\n', mode: 0o755 }, 'data.bin': '\u0001\u0002\u0003' })
  await runOrThrow('ln', ['-s', 'run', join(context, 'bin/other')])
  const given = { ...options, dockerfile: { text: dockerfile } }
  expect(await filesOf(pathToFileURL(context), given)).toEqual(expected)
  await runOrThrow('tar', ['-C', context, '-cf', join(directory, 'context.tar'), '.'])
  const tar = join(directory, 'context.tar')
  expect(await filesOf(createReadStream(tar), given)).toEqual(expected)
  const [bytes] = await Array.fromAsync(createReadStream(tar, { highWaterMark: 1 << 20 }))
  expect(await filesOf(new Uint8Array(bytes), given)).toEqual(expected)
})

test('equal files in memory are one image, and their steps are cached', async ({ directory }) => {
  const options = { root: join(directory, 'store'), args: { SOURCE_DATE_EPOCH: '0' } }
  const context = { Dockerfile: 'FROM scratch\nCOPY a b /\n', a: 'a', b: 'b' }
  const first = await build({ ...options, context })
  const { b, a, ...rest } = context
  const second = await build({ ...options, context: { b, a: new TextEncoder().encode(a), ...rest } })
  expect(second.digest).toBe(first.digest)
  expect([first.steps, second.steps]).toEqual([
    { cached: 0, run: 1 },
    { cached: 1, run: 0 },
  ])
})

test('an archive is written as fast as it is read, and errors have one origin', async ({ directory }) => {
  const options: BuildOptions = {
    root: join(directory, 'store'),
    context: { Dockerfile: 'FROM scratch\nCOPY a /\n', a: Buffer.alloc(20 << 20, 'x') },
  }
  let most = 0
  const slowly: ArchiveReader = async (archive) => {
    for await (const chunk of archive) {
      most = Math.max(most, chunk.length)
      await sleep(1)
    }
  }
  await build({ ...options, outputs: [{ kind: 'oci', dest: slowly, compression: { type: 'none' } }] })
  expect(most).toBeLessThan(4 << 20)

  const failureOf = async (dest: ArchiveReader): Promise<unknown> =>
    describeFailure(await build({ ...options, outputs: [{ kind: 'oci', dest }] }).catch((error: unknown) => error))
  expect(
    await failureOf(() => {
      throw new Error('bucket is full')
    }),
  ).toMatchObject({ code: 'CALLER_FAILED', message: 'bucket is full', hint: expect.stringContaining('"dest"') })
  expect(await failureOf(() => {})).toMatchObject({ code: 'OUTPUT_FAILED' })
})

test.for<[unknown, string]>([
  [{ '../x': '' }, 'option "context" has a path outside the context: "../x"'],
  [{ '/x': '' }, 'option "context" has a path outside the context: "/x"'],
  [{ a: '', 'a/b': '' }, 'option "context" has a file and files below it: "a"'],
  [{ a: 7 }, 'option "context.a" must be a string, bytes or an object with "content", "file" or "link", got a number'],
  [{ a: { content: '', mod: 7 } }, 'unknown option "context.a.mod"'],
])('files %j are refused', async ([context, message]) => {
  await expect(build({ context: context as BuildContext })).rejects.toMatchObject({ code: 'OPTION_INVALID', message })
})

test('a missing source is named among the files in memory', async ({ directory }) => {
  const context = { Dockerfile: 'FROM scratch\nCOPY main.js /\n', 'main.ts': '' }
  const failed = build({ context, root: join(directory, 'store') })
  expect(describeFailure(await failed.catch((error: unknown) => error))).toMatchObject({
    code: 'SOURCE_NOT_FOUND',
    suggestion: expect.stringContaining('main.ts'),
  })
})
