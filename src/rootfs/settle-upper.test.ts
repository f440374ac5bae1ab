import { existsSync } from 'node:fs'
import { mkdir, stat, symlink, utimes } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect } from 'vitest'
import { test } from '../layer/test-store.ts'
import { settleUpper } from './settle-upper.ts'

test('sockets go without a trace, and those that links lead to stay', async ({ directory }) => {
  const odd = Buffer.concat([Buffer.from(`${directory}/upper/d/`), Buffer.from([0xff])])
  for (const path of [`${directory}/upper/d`, `${directory}/outside`, odd]) await mkdir(path, { recursive: true })
  const servers = [`${directory}/upper/d/s`, `${directory}/outside/s`].map((path) => createServer().listen(path))
  await symlink('../..', join(directory, 'upper/d/up'))
  await symlink(join(directory, 'outside'), join(directory, 'upper/out'))
  await utimes(join(directory, 'upper/d'), 7, 7)
  settleUpper(join(directory, 'upper'), { scan: new Map(), diff: new Map() })
  expect(existsSync(join(directory, 'upper/d/s'))).toBe(false)
  expect(existsSync(join(directory, 'outside/s'))).toBe(true)
  expect((await stat(join(directory, 'upper/d'))).mtimeMs).toBe(7000)
  for (const server of servers) server.close()
})
