import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { lutimes, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { withFreeLock, withLock } from './lock.ts'
import { currentOwner } from './process-owner.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'

/** A process that runs `body` with `withLock`, `path` and `fs` at hand. */
function run(path: string, body: string): ChildProcess {
  const script = `
    import { withLock } from '${new URL('lock.ts', import.meta.url).href}'
    import * as fs from 'node:fs'
    const path = ${JSON.stringify(path)}
    ${body}`
  return spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: ['ignore', 'pipe', 'inherit'] })
}

/** The name of a holder that is certainly dead: this process id, with another start. */
function deadHolder(token: string): string {
  const [pid, , ...domain] = currentOwner().split('-')
  return `${pid}-1-${domain.join('-')}.${token}`
}

test('something else in the place of the lock is an error that names it', async () => {
  const path = join(await temporaryDirectory(), 'lock')
  await writeFile(path, '')
  await expect(withLock(path, async () => {})).rejects.toMatchObject({
    code: 'LOCK_INVALID',
    message: expect.stringContaining(path),
  })
})

test('one at a time, results and errors pass, nothing stays', async () => {
  const directory = await temporaryDirectory()
  const path = join(directory, 'lock')
  let running = 0
  const results = Array.from({ length: 10 }, (_, index) =>
    withLock(path, async () => {
      expect(++running).toBe(1)
      await new Promise((resolve) => setTimeout(resolve, 1))
      running--
      return index
    }),
  )
  expect(await Promise.all(results)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  await expect(withLock(path, () => Promise.reject(new Error('inside')))).rejects.toThrow('inside')
  expect(await readdir(directory)).toEqual([])
})

test('the signal ends the waiting', async () => {
  const path = join(await temporaryDirectory(), 'lock')
  await withLock(path, async () => {
    const waiting = withLock(path, () => Promise.resolve(), { signal: AbortSignal.timeout(20) })
    await expect(waiting).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(await readlink(path)).toContain(currentOwner())
  })
})

test('processes count together without losing one', async () => {
  const directory = await temporaryDirectory()
  const counter = join(directory, 'counter')
  await writeFile(counter, '0')
  const body = `for (let i = 0; i < 20; i++) await withLock(path, async () => {
    const value = Number(fs.readFileSync(${JSON.stringify(counter)}, 'utf8'))
    await new Promise((resolve) => setTimeout(resolve, 1))
    fs.writeFileSync(${JSON.stringify(counter)}, String(value + 1))
  })`
  const children = Array.from({ length: 3 }, () => run(join(directory, 'lock'), body))
  await Promise.all(children.map((child) => once(child, 'close')))
  expect(await readFile(counter, 'utf8')).toBe('60')
})

test('the lock of a killed process is taken over', async () => {
  const path = join(await temporaryDirectory(), 'lock')
  const child = run(
    path,
    `await withLock(path, () => { console.log('held'); return new Promise(() => setInterval(() => {}, 1000)) })`,
  )
  if (child.stdout !== null) await once(child.stdout, 'data')
  await expect(withLock(path, () => Promise.resolve(), { signal: AbortSignal.timeout(50) })).rejects.toThrow()
  child.kill('SIGKILL')
  await once(child, 'close')
  expect(await withLock(path, () => Promise.resolve('mine'))).toBe('mine')
})

test('one process at a time takes over the lock of a dead holder', async () => {
  const directory = await temporaryDirectory()
  for (let round = 0; round < 30; round++) {
    const path = join(directory, `lock${round}`)
    await symlink(deadHolder('aaaa'), path)
    let running = 0
    const takers = Array.from({ length: 8 }, () =>
      withLock(path, async () => {
        expect(++running).toBe(1)
        await new Promise((resolve) => setImmediate(resolve))
        running--
      }),
    )
    await Promise.all(takers)
  }
  expect(await readdir(directory)).toEqual([])
})

test('who died while taking over is taken over as well', async () => {
  const directory = await temporaryDirectory()
  const path = join(directory, 'lock')
  await symlink(deadHolder('aaaa'), path)
  await symlink(deadHolder('bbbb'), `${path}.aaaa`)
  expect(await withLock(path, () => Promise.resolve(1))).toBe(1)
  expect(await readdir(directory)).toEqual([])
})

test('a holder of another container is believed alive while it touches its lock', async () => {
  const path = join(await temporaryDirectory(), 'lock')
  await symlink('1-1-1-ffffffff.aaaa', path)
  await expect(withLock(path, () => Promise.resolve(), { signal: AbortSignal.timeout(50) })).rejects.toThrow()
  const longAgo = new Date(Date.now() - 120_000)
  await lutimes(path, longAgo, longAgo)
  expect(await withLock(path, () => Promise.resolve(1))).toBe(1)
})

test("the first lock that is free is taken without waiting, a dead holder's too", async () => {
  const directory = await temporaryDirectory()
  const paths = ['a', 'b'].map((name) => join(directory, name))
  const [first = '', second = ''] = paths
  await withLock(first, async () => expect(await withFreeLock(paths, async (path) => path)).toBe(second))
  await symlink(deadHolder('dead'), first)
  expect(await withFreeLock(paths, async (path) => path)).toBe(first)
  await withLock(first, () =>
    withLock(second, () => expect(withFreeLock(paths, async () => 'never')).rejects.toThrow(RangeError)),
  )
})
