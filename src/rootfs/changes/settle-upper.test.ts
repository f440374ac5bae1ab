import { existsSync } from 'node:fs'
import { mkdir, stat, symlink, utimes } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { loadLibc } from '@tsbuild/isolate'
import { requireSystemCalls } from '@tsbuild/tree'
import { expect } from 'vitest'
import { test } from '../../layer/testing/store.ts'
import { settleUpper } from './settle-upper.ts'

test('sockets go without a trace, and those that links lead to stay', async ({ directory }) => {
  const odd = Buffer.concat([Buffer.from(`${directory}/upper/d/`), Buffer.from([0xff])])
  for (const path of [`${directory}/upper/d`, `${directory}/outside`, odd]) await mkdir(path, { recursive: true })
  const servers = [`${directory}/upper/d/s`, `${directory}/outside/s`].map((path) => createServer().listen(path))
  await symlink('../..', join(directory, 'upper/d/up'))
  await symlink(join(directory, 'outside'), join(directory, 'upper/out'))
  await utimes(join(directory, 'upper/d'), 7, 7)
  settleUpper(
    { directory: join(directory, 'upper'), overlay: 'trusted', scan: new Map(), diff: new Map() },
    { libc: loadLibc() },
  )
  expect(existsSync(join(directory, 'upper/d/s'))).toBe(false)
  expect(existsSync(join(directory, 'outside/s'))).toBe(true)
  expect((await stat(join(directory, 'upper/d'))).mtimeMs).toBe(7000)
  for (const server of servers) server.close()
})

test('a directory that has nothing but a socket in it goes with it', async ({ directory }) => {
  await mkdir(`${directory}/upper/d`, { recursive: true })
  const server = createServer().listen(`${directory}/upper/d/s`)
  const entry = { type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 0 } as const
  const scan = new Map([['d', { type: 'set', entry } as const]])
  settleUpper({ directory: `${directory}/upper`, overlay: 'trusted', scan, diff: new Map() }, { libc: loadLibc() })
  expect(existsSync(`${directory}/upper/d`)).toBe(false)
  server.close()
})

test.skipIf(process.geteuid?.() !== 0)(
  'a directory made anew is opaque no more, and what it lacks is a whiteout (skipped without root)',
  async ({ directory }) => {
    const upper = `${directory}/upper`
    await mkdir(`${upper}/d/sub`, { recursive: true })
    await utimes(`${upper}/d`, 7, 7)
    const calls = requireSystemCalls()
    calls.setXattr(`${upper}/d`, 'trusted.overlay.opaque', Buffer.from('y'))
    const entry = { type: 'directory', mode: 0o755, uid: 0, gid: 0, mtime: 7 } as const
    const scan = new Map([
      ['d', { type: 'set', entry, opaque: true } as const],
      ['d/sub', { type: 'set', entry } as const],
    ])
    const diff = new Map([
      ['d', { type: 'set', entry } as const],
      ['d/gone', { type: 'remove' } as const],
      ['d/sub', { type: 'set', entry } as const],
      ['d/sub/gone', { type: 'remove' } as const],
    ])
    settleUpper({ directory: upper, overlay: 'trusted', scan, diff }, { libc: loadLibc() })
    expect([...calls.getXattrs(`${upper}/d`).keys()]).toEqual([])
    for (const path of ['d/gone', 'd/sub/gone'])
      expect([(await stat(`${upper}/${path}`)).rdev, (await stat(`${upper}/${path}`)).isCharacterDevice()]).toEqual([
        0,
        true,
      ])
    expect((await stat(`${upper}/d`)).mtimeMs).toBe(7000)
  },
)
