import { randomBytes } from 'node:crypto'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { temporariesOf } from '../support/check-store.ts'
import { titled, withoutPrograms, withoutRoot } from '../support/obstacle.ts'
import { runOrThrow, runProgram } from '../support/run-program.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { startTsbuild } from '../support/start-tsbuild.ts'
import { test } from '../support/test.ts'
import { tsbuild, tsbuildPath } from '../support/tsbuild.ts'
import { findTraces } from '../support/traces.ts'
import { writeTree } from '../support/write-tree.ts'

const runObstacle = await withoutRun()
const diskObstacle = withoutRoot() ?? withoutPrograms('unshare', 'mount') ?? runObstacle

interface Usage {
  readonly type: string
  readonly count: number
  readonly size: number
  readonly reclaimable: number
}

test.skipIf(diskObstacle !== undefined)(
  titled('a layer that does not fit unpacked leaves the room to the next build', diskObstacle),
  async ({ base, directory }) => {
    const disk = join(directory, 'small-disk')
    await mkdir(disk)
    // Compressed it is small, unpacked it is larger than the disk.
    const layer = join(directory, 'large')
    await writeTree(layer, { Dockerfile: 'FROM base\nCOPY zeros /\n', zeros: Buffer.alloc(96 << 20) })
    const made = join(directory, 'large-base')
    const context = ['--build-context', `base=oci-layout://${base}:latest`]
    await tsbuild([...context, '-t', 'large:latest', '-o', `type=oci,tar=false,dest=${made}`, layer], {
      root: join(directory, 'store'),
    })
    await writeTree(join(directory, 'run'), { Dockerfile: 'FROM base\nRUN true\n', Small: 'FROM small\nRUN true\n' })
    const script = `mount -t tmpfs -o size=64m none ${disk} || exit 99
      for try in 1 2 3; do
        ${tsbuildPath} --build-context base=oci-layout://${made}:latest -o type=cacheonly ${join(directory, 'run')}; echo "large: $?"
        ls -A ${disk}/store/v1/tmp ${disk}/store/v1/work
      done
      ${tsbuildPath} -f ${join(directory, 'run/Small')} --build-context small=oci-layout://${base}:latest -o type=cacheonly ${join(directory, 'run')}
      echo "small: $?"`
    const { stdout, stderr } = await runProgram('unshare', ['--mount', 'sh', '-c', script], {
      env: { TSBUILD_ROOT: join(disk, 'store') },
    })
    expect(stdout, stderr).toBe(`${`large: 1\n${disk}/store/v1/tmp:\n\n${disk}/store/v1/work:\n`.repeat(3)}small: 0\n`)
    expect(stderr).toMatch(/no space/i)
  },
)

test.skipIf(runObstacle !== undefined)(
  titled('what a build killed while unpacking leaves is swept by the next command', runObstacle),
  async ({ base, directory }) => {
    const root = join(directory, 'own-store')
    const layer = join(directory, 'many')
    const files = Object.fromEntries(Array.from({ length: 4000 }, (_, index) => [`d/${index}`, `${index}`]))
    await writeTree(layer, { Dockerfile: 'FROM base\nCOPY d /d\n', Run: 'FROM many\nRUN true\n', ...files })
    const made = join(directory, 'many-base')
    const context = ['--build-context', `base=oci-layout://${base}:latest`]
    const first = await tsbuild([...context, '-t', 'many:latest', '-o', `type=oci,tar=false,dest=${made}`, layer], {
      root: `${root}-0`,
    })
    expect(first.code, first.stderr).toBe(0)
    const many = [
      '--build-context',
      `many=oci-layout://${made}:latest`,
      '-f',
      join(layer, 'Run'),
      '-o',
      'type=cacheonly',
      layer,
    ]
    const build = startTsbuild(many, { root })
    while (!(await isUnpacking(root))) await sleep(1)
    build.kill('SIGKILL')
    await build.ended
    await findTraces(root)
    expect(await temporariesOf(root)).not.toEqual([])
    const { stdout } = await tsbuild(['images'], { root })
    expect(stdout).toMatch(/^NAME/)
    expect(await temporariesOf(root)).toEqual([])
  },
)

test('temporaries that belong to no process here are counted by du and freed by prune', async ({ directory }) => {
  const root = join(directory, 'own-store')
  await runOrThrow(tsbuildPath, ['images'], { env: { TSBUILD_ROOT: root } })
  await mkdir(join(root, 'v1/tmp/unpack-0011223344556677'))
  await writeFile(join(root, 'v1/tmp/unpack-0011223344556677/file'), randomBytes(1 << 20))
  await mkdir(join(root, 'v1/work/agent-9-9-elsewhere.00/overlay-1'), { recursive: true })
  await writeFile(join(root, 'v1/work/agent-9-9-elsewhere.00/overlay-1/file'), randomBytes(1 << 20))
  const usage = async (): Promise<Usage | undefined> => {
    const entries: readonly Usage[] = JSON.parse((await tsbuild(['du', '--json'], { root })).stdout)
    return entries.find(({ type }) => type === 'temporary')
  }
  const { count, size, reclaimable } = (await usage()) ?? { count: 0, size: 0, reclaimable: 0 }
  expect(count).toBe(2)
  expect(size).toBeGreaterThanOrEqual(2 << 20)
  expect(reclaimable).toBe(size)
  expect((await tsbuild(['prune', '--all', '--force'], { root })).stdout).toMatch(/^removed 2 objects, freed 2\.\d/)
  expect(await usage()).toEqual({ type: 'temporary', count: 0, size: 0, reclaimable: 0 })
})

async function isUnpacking(root: string): Promise<boolean> {
  const work = join(root, 'v1/work')
  for (const name of await readdir(work).catch(() => [])) {
    const made = await readdir(join(work, name)).catch(() => [])
    if (made.some((part) => /^(unpack|clone)-/.test(part))) return true
  }
  return false
}
