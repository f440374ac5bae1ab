import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { titled, withoutRoot } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { test } from '../support/test.ts'
import { tsbuildPath } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

// Root may look at the process of RUN.
const obstacle = withoutRoot() ?? (await withoutRun())
const megabyte = 1_000_000
/** Lines that RUN prints, of 100 bytes. No other part of the progress has a percent sign. */
const count = 600_000
const line = '%'.repeat(99)

test.skipIf(obstacle !== undefined).for(['plain', 'json'])(
  titled('RUN waits for a reader of --progress=%s that sleeps, and memory stays bounded', obstacle),
  async (progress, { store, base, directory }) => {
    await writeTree(directory, { Dockerfile: `FROM base\nENV LINE=${line}\nRUN yes $LINE | head -n ${count}\n` })
    const flags = [
      '--no-cache',
      `--progress=${progress}`,
      '--build-context',
      `base=oci-layout://${base}:latest`,
      '-o',
      'type=cacheonly',
    ]
    const build = spawn(tsbuildPath, ['build', ...flags, '.'], {
      cwd: directory,
      env: { ...process.env, TSBUILD_ROOT: store, NO_COLOR: '1' },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const ended = once(build, 'close')
    // The test does not read yet: the process comes to a halt long before its 60 MB.
    expect(await writtenAtHalt(`head -n ${count}`)).toBeLessThan(4 * megabyte)
    const agents = await processes((commandLine) => commandLine.includes('agent-main') && commandLine.includes(store))
    expect(agents).toHaveLength(1)
    const before = await peakMemory([`${build.pid}`, ...agents])
    let peak = before
    let printed = 0
    for await (const chunk of build.stderr) {
      printed += String(chunk).split('%').length - 1
      peak = Math.max(peak, await peakMemory([`${build.pid}`, ...agents]))
    }
    expect((await ended)[0]).toBe(0)
    expect(printed).toBe(count * line.length)
    expect(peak - before).toBeLessThan(80 * megabyte)
  },
)

/**
 * Bytes that each process of a RUN has written at most when they write no more; infinite if they
 * end before.
 */
async function writtenAtHalt(command: string): Promise<number> {
  let written = 0
  for (let idle = 0; idle < 20; ) {
    await sleep(100)
    const found = await processes((commandLine) => commandLine.includes(command))
    if (found.length === 0 && written > 0) return Number.POSITIVE_INFINITY
    const now = Math.max(0, ...(await Promise.all(found.map(writtenBy))))
    idle = now === written && now > 0 ? idle + 1 : 0
    written = now
  }
  return written
}

async function writtenBy(id: string): Promise<number> {
  const [, written = '0'] = /^wchar: (\d+)$/m.exec(await readFile(`/proc/${id}/io`, 'utf8').catch(() => '')) ?? []
  return Number(written)
}

/**
 * The largest resident sets of the processes together, in bytes; those that have ended do not
 * count.
 */
async function peakMemory(ids: readonly string[]): Promise<number> {
  const statuses = await Promise.all(ids.map((id) => readFile(`/proc/${id}/status`, 'utf8').catch(() => '')))
  const kibibytes = statuses.map((status) => Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0))
  return kibibytes.reduce((sum, peak) => sum + peak * 1024, 0)
}

async function processes(matches: (commandLine: string) => boolean): Promise<readonly string[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const commandLines = await Promise.all(ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')))
  return ids.filter((_, index) => matches(commandLines[index] ?? ''))
}
