import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { lutimes, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { Claims } from './claims.ts'
import { currentOwner } from './process-owner.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'

const signal = new AbortController().signal

/** Takes a claim, and counts the waits for others. */
function taker(directory: string) {
  const claims = new Claims(directory)
  const state = { waits: 0 }
  const take = (name: string, ending: AbortSignal = signal) =>
    claims.take(name, { signal: ending, onWait: () => (state.waits += 1) })
  return { claims, state, take }
}

/** A process that runs `body` with `directory` at hand, after it has printed a line. */
async function start(directory: string, body: string): Promise<ChildProcess> {
  const script = `
    import { symlinkSync } from 'node:fs'
    import { Claims } from '${new URL('claims.ts', import.meta.url).href}'
    import { openLifeLine } from '${new URL('life-line.ts', import.meta.url).href}'
    const directory = ${JSON.stringify(directory)}
    ${body}
    console.log('ready')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

/** A holder of this kernel whose process id means nothing here. */
function elsewhere(token: string): string {
  const [pid, started, , ...boot] = currentOwner().split('-')
  return `${pid}-${started}-1-${boot.join('-')}.${token}`
}

test('one caller at a time has a claim, and those who wait report it once', async () => {
  const directory = join(await temporaryDirectory(), 'claims')
  const takers = Array.from({ length: 5 }, () => taker(directory))
  const allWait = (): boolean => takers.filter(({ state }) => state.waits > 0).length === 4
  let running = 0
  await Promise.all(
    takers.map(async ({ take }) => {
      const claim = await take('step')
      expect(++running).toBe(1)
      await vi.waitUntil(allWait, { timeout: 60_000 })
      running -= 1
      await claim?.release()
    }),
  )
  expect(takers.map(({ state }) => state.waits).filter((waits) => waits === 1)).toHaveLength(4)
  expect(takers.filter(({ state }) => state.waits === 0)).toHaveLength(1)
  await Promise.all(takers.map(({ claims }) => claims[Symbol.asyncDispose]()))
  expect(await readdir(directory)).toEqual([])
})

test('the claims of one caller do not wait for each other', async () => {
  const { take, state } = taker(await temporaryDirectory())
  await Promise.all([take('a'), take('b')])
  expect(state.waits).toBe(0)
})

test('a failed holder sends those who wait on without a claim; the next caller has it', async () => {
  const directory = await temporaryDirectory()
  const holder = taker(directory)
  const waiters = Array.from({ length: 40 }, () => taker(directory))
  const claim = await holder.take('step')
  const waiting = waiters.map(({ take }) => take('step'))
  await vi.waitUntil(() => waiters.every(({ state }) => state.waits === 1), { timeout: 60_000 })
  await claim?.release('failed')
  expect(await Promise.all(waiting)).toEqual(waiters.map(() => undefined))
  expect(await taker(directory).take('step')).toBeDefined()
})

test('an abort ends the waiting, and disposal ends the claim', async () => {
  const directory = await temporaryDirectory()
  const [holder, waiter] = [taker(directory), taker(directory)]
  await holder.take('step')
  await expect(waiter.take('step', AbortSignal.timeout(20))).rejects.toMatchObject({ name: 'TimeoutError' })
  await holder.claims[Symbol.asyncDispose]()
  expect(await waiter.take('step')).toBeDefined()
})

test('the claim of a killed process is taken over, by one of those who wait', async () => {
  const directory = await temporaryDirectory()
  const body = `await new Claims(directory).take('step', { signal: new AbortController().signal, onWait() {} })`
  const child = await start(directory, body)
  const [first, second] = [taker(directory), taker(directory)]
  const waiting = [first.take('step'), second.take('step')]
  await vi.waitUntil(() => first.state.waits + second.state.waits === 2, { timeout: 60_000 })
  await kill(child)
  const claim = await Promise.race(waiting)
  expect(claim).toBeDefined()
  await claim?.release()
  await Promise.all(waiting)
})

test('the kernel proves the death of a holder in another PID namespace', async () => {
  const directory = await temporaryDirectory()
  const holder = elsewhere('ab')
  const child = await start(
    directory,
    `await openLifeLine(directory, 'life-${holder}'); symlinkSync('${holder}', directory + '/step')`,
  )
  // Its last sign of life is old; its socket is not.
  await lutimes(join(directory, 'step'), new Date(0), new Date(0))
  const { take, state } = taker(directory)
  let isTaken = false
  const waiting = take('step').then((claim) => {
    isTaken = true
    return claim
  })
  await vi.waitUntil(() => state.waits === 1, { timeout: 60_000 })
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(isTaken).toBe(false)
  await kill(child)
  expect(await waiting).toBeDefined()
})

test('a holder of another kernel is dead when its claim stays untouched for a minute of this clock', async () => {
  const directory = await temporaryDirectory()
  const path = join(directory, 'step')
  await symlink('1-1-1-other.ab', path)
  // Its clock is an hour behind.
  const touch = (): Promise<void> => lutimes(path, new Date(), new Date(Date.now() - 3_600_000))
  await touch()
  let now = 0
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now)
  const { take, state } = taker(directory)
  let isTaken = false
  const waiting = take('step').then((claim) => {
    isTaken = true
    return claim
  })
  await vi.waitUntil(() => state.waits === 1, { timeout: 60_000 })
  for (let minutes = 0; minutes < 3; minutes++) {
    now += 59_000
    await touch()
    await new Promise((resolve) => setTimeout(resolve, 250))
    expect(isTaken).toBe(false)
  }
  now += 61_000
  expect(await waiting).toBeDefined()
  clock.mockRestore()
})

test('where no claim can be made, work goes on without', async () => {
  const file = join(await temporaryDirectory(), 'file')
  await writeFile(file, '')
  expect(await taker(join(file, 'claims')).take('step')).toBeUndefined()
})

test('old claims and sockets of ended processes are removed', async () => {
  const directory = await temporaryDirectory()
  const [pid, , ...domain] = currentOwner().split('-')
  const dead = `${pid}-1-${domain.join('-')}.ab`
  await symlink(dead, join(directory, 'old'))
  await symlink('failed.cd', join(directory, 'older'))
  await writeFile(join(directory, `life-${dead}`), '')
  for (const name of ['old', 'older']) await lutimes(join(directory, name), new Date(0), new Date(0))
  const { claims, take } = taker(directory)
  await (await take('step'))?.release()
  await claims[Symbol.asyncDispose]()
  expect(await readdir(directory)).toEqual([])
})
