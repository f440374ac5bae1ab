import { execFileSync } from 'node:child_process'
import { constants } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { encodeHeader } from '@tsbuild/tar'
import { beforeEach, describe, expect } from 'vitest'
import { titled, withoutPrograms } from '../support/obstacle.ts'
import { serveTemporary } from '../support/serve-temporary.ts'
import { startStallingProxy } from '../support/stalling-proxy.ts'
import { startCommand } from '../support/start-tsbuild.ts'
import { test } from '../support/test.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

const signals = ['SIGINT', 'SIGTERM'] as const
const withoutFifos = withoutPrograms('mkfifo')

describe.skipIf(withoutFifos !== undefined).for([
  ['load', '-i', 'fifo'],
  ['copy', 'oci-archive:fifo', 'oci:layout:app'],
])(titled('%s of a FIFO', withoutFifos), (args) => {
  test.for(signals)('ends at %s before there is a writer', async (signal, { store, directory }) => {
    execFileSync('mkfifo', [join(directory, 'fifo')])
    const command = startCommand(args, { root: store, cwd: directory })
    await command.opens(join(directory, 'fifo'))
    command.kill(signal)
    expect((await command.ended).code).toBe(130)
    expect(await readdir(directory)).toEqual(['fifo'])
  })

  test('ends in the middle of an archive, and leaves no part of it', async ({ store, directory }) => {
    execFileSync('mkfifo', [join(directory, 'fifo')])
    const command = startCommand(args, { root: store, cwd: directory })
    await command.opens(join(directory, 'fifo'))
    await using writer = await open(join(directory, 'fifo'), constants.O_WRONLY)
    await writer.writeFile(halfArchive())
    await until(async () => (await findUnfinished(store)).length > 0)
    command.kill('SIGINT')
    expect((await command.ended).code).toBe(130)
    expect(await findUnfinished(store)).toEqual([])
    expect(await readdir(directory)).toEqual(['fifo'])
  })
})

describe('a registry that stops in the middle of a blob', () => {
  beforeEach<{ directory: string }>(({ directory }) =>
    writeTree(directory, {
      'context/Dockerfile': 'FROM scratch\nCOPY f /\n',
      'context/f': Buffer.alloc(3_000_000, 'content '),
    }),
  )

  test.for([
    ['pull', 'HOST/app:1'],
    ['copy', 'HOST/app:1', 'oci-archive:new.tar'],
    ['copy', 'HOST/app:1', 'oci:new:app'],
    ['sync', 'list'],
  ])('%s ends and works again', async (words, { directory, store }) => {
    await using registry = await serveTemporary()
    await using proxy = await startStallingProxy(registry.host)
    const args = words.map((word) => word.replace('HOST', proxy.host))
    await writeTree(directory, { list: `${proxy.host}/app:1 oci:new:app\n` })
    const built = await tsbuild(['build', '-q', '-t', `${registry.host}/app:1`, '--push', 'context'], {
      root: `${store}-built`,
      cwd: directory,
    })
    expect(built).toMatchObject({ code: 0 })
    proxy.stall = 'pull'
    const command = startCommand(args, { root: store, cwd: directory })
    await Promise.race([proxy.stalled(), command.ended])
    command.kill('SIGINT')
    expect((await command.ended).code).toBe(130)
    expect([...(await findUnfinished(store)), ...(await findUnfinished(directory))]).toEqual([])
    proxy.stall = undefined
    expect(await tsbuild(args, { root: store, cwd: directory })).toMatchObject({ code: 0 })
  })

  test('push ends and works again', async ({ directory, store }) => {
    await using registry = await serveTemporary()
    await using proxy = await startStallingProxy(registry.host)
    const name = `${proxy.host}/app:1`
    expect(await tsbuild(['build', '-q', '-t', name, 'context'], { root: store, cwd: directory })).toMatchObject({
      code: 0,
    })
    proxy.stall = 'push'
    const command = startCommand(['push', name], { root: store })
    await Promise.race([proxy.stalled(), command.ended])
    command.kill('SIGTERM')
    expect((await command.ended).code).toBe(130)
    proxy.stall = undefined
    expect(await tsbuild(['push', name], { root: store })).toMatchObject({ code: 0 })
  })
})

/** An archive that ends in the middle of a file. */
function halfArchive(): Buffer {
  const file = { type: 'file', path: 'blobs/sha256/a', mode: 0o644, uid: 0, gid: 0, mtime: 0 } as const
  return Buffer.concat([encodeHeader({ ...file, size: 1 << 20 }), Buffer.alloc(1 << 19, 'x')])
}

/** Files that are being written. */
async function findUnfinished(directory: string): Promise<readonly string[]> {
  const found = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => [])
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => join(relative(directory, entry.parentPath), entry.name))
    .filter((path) => /(^|\/)\.?tmp\/|\.part$/.test(path))
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(10)
}
