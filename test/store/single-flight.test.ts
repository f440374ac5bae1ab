import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { build } from '../../src/index.ts'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { type RunningBuild, startTsbuild } from '../support/start-tsbuild.ts'
import { test } from '../support/test.ts'
import { writeTree } from '../support/write-tree.ts'

const obstacle = await withoutRun()

/** Builds of one Dockerfile whose steps leave traces in `outside`, which the machine sees. */
interface Project {
  readonly store: string
  readonly base: string
  readonly context: string
  readonly outside: string
}

async function project(
  tools: { store: string; base: string; directory: string },
  dockerfile: string,
): Promise<Project> {
  const context = join(tools.directory, 'context')
  const outside = join(tools.directory, 'outside')
  await writeTree(context, { Dockerfile: dockerfile })
  await mkdir(outside)
  // Every rung can write there.
  await writeFile(join(outside, 'ran'), '', { mode: 0o666 })
  return { ...tools, context, outside }
}

function start({ store, base, context, outside }: Project, args: readonly string[] = []): RunningBuild {
  const common = ['--build-context', `base=oci-layout://${base}:latest`, '--volume', `${outside}:/outside`]
  return startTsbuild([...common, '-o', 'type=cacheonly', ...args, context], { root: store })
}

/** Names that steps have written, in order. */
async function ran({ outside }: Project): Promise<readonly string[]> {
  return (await readFile(join(outside, 'ran'), 'utf8')).split('\n').filter((line) => line !== '')
}

/** A step that says so when it begins, and ends when the file `go` exists. */
function step(name: string): string {
  return `RUN echo be""gun ${name}; echo ${name} >> /outside/ran; until [ -e /outside/go ]; do sleep 0.05; done\n`
}

const waits = 'waits for another build'

test.skipIf(obstacle !== undefined)(
  titled('a step that another process does is waited for and not done again', obstacle),
  async ({ store, base, directory }) => {
    const here = await project({ store, base, directory }, `FROM base\nCOPY Dockerfile /\n${step('once')}`)
    const first = start(here)
    await first.says('begun once')
    const second = start(here)
    await second.says(waits)
    await writeFile(join(here.outside, 'go'), '')
    expect((await first.ended).code).toBe(0)
    const { code, stderr } = await second.ended
    expect(code).toBe(0)
    expect(stderr).toMatch(/CACHED\n/)
    expect(await ran(here)).toEqual(['once'])
  },
)

test.skipIf(obstacle !== undefined)(
  titled('the step of a killed build is done by the one that waits', obstacle),
  async ({ store, base, directory }) => {
    const here = await project({ store, base, directory }, `FROM base\n${step('killed')}`)
    const first = start(here)
    await first.says('begun killed')
    const second = start(here)
    await second.says(waits)
    first.kill('SIGKILL')
    await first.ended
    await second.says('begun killed')
    await writeFile(join(here.outside, 'go'), '')
    expect((await second.ended).code).toBe(0)
    expect(await ran(here)).toEqual(['killed', 'killed'])
  },
)

test.skipIf(obstacle !== undefined)(
  titled('the step of a failed build is done by all that wait, at once', obstacle),
  async ({ store, base, directory }) => {
    // Only the first attempt fails.
    const fail = 'if [ -e /outside/fail ]; then rm /outside/fail; exit 7; fi'
    const here = await project({ store, base, directory }, `FROM base\n${step('failed').trim()}; ${fail}\n`)
    await writeFile(join(here.outside, 'fail'), '')
    const first = start(here)
    await first.says('begun failed')
    const others = [start(here), start(here)]
    await Promise.all(others.map((other) => other.says(waits)))
    await writeFile(join(here.outside, 'go'), '')
    expect((await first.ended).code).toBe(1)
    expect((await Promise.all(others.map(({ ended }) => ended))).map(({ code }) => code)).toEqual([0, 0])
    expect(await ran(here)).toEqual(['failed', 'failed', 'failed'])
  },
)

test.skipIf(obstacle !== undefined)(
  titled('an interrupt ends the waiting; --no-cache does not wait', obstacle),
  async ({ store, base, directory }) => {
    const here = await project({ store, base, directory }, `FROM base\n${step('alone')}`)
    const first = start(here)
    await first.says('begun alone')
    const second = start(here)
    await second.says(waits)
    second.kill('SIGINT')
    const { code, stderr } = await second.ended
    expect(code).toBe(130)
    expect(stderr).toContain('CANCELED')
    const third = start(here, ['--no-cache'])
    await third.says('begun alone')
    await writeFile(join(here.outside, 'go'), '')
    expect((await third.ended).stderr).not.toContain(waits)
    expect((await first.ended).code).toBe(0)
  },
)

test.skipIf(obstacle !== undefined)(
  titled('builds that want the same steps in opposite order both end', obstacle),
  async ({ store, base, directory }) => {
    const stages = (names: readonly string[]): string =>
      `${names.map((name) => `FROM base AS ${name}\nRUN echo ${name} >> /outside/ran; sleep 0.3; echo ${name} > /${name}\n`).join('')}FROM scratch\n${names.map((name) => `COPY --from=${name} /${name} /\n`).join('')}`
    const names = ['one', 'two', 'three', 'four']
    const here = await project({ store, base, directory }, stages(names))
    const there = { ...here, context: join(directory, 'reverse') }
    await writeTree(there.context, { Dockerfile: stages(names.toReversed()) })
    const ended = await Promise.all([start(here), start(there), start(here), start(there)].map((one) => one.ended))
    expect(ended.map(({ code }) => code)).toEqual([0, 0, 0, 0])
    expect([...(await ran(here))].sort()).toEqual([...names].sort())
  },
)

test.skipIf(obstacle !== undefined)(
  titled('two builds of a program share a step, and events say which one waits', obstacle),
  async ({ store, base, directory }) => {
    const here = await project({ store, base, directory }, `FROM base\n${step('shared')}`)
    const events: string[][] = [[], []]
    const begun = Promise.withResolvers<void>()
    const waiting = Promise.withResolvers<void>()
    const run = (index: number): ReturnType<typeof build> =>
      build({
        context: here.context,
        root: here.store,
        contexts: { base: `oci-layout://${here.base}:latest` },
        volumes: [{ source: here.outside, target: '/outside' }],
        outputs: [{ kind: 'cacheonly' }],
        report: (event) => {
          if ('name' in event && event.name.includes('RUN')) events[index]?.push(event.type)
          if (event.type === 'log') begun.resolve()
          if (event.type === 'vertex-waiting') waiting.resolve()
        },
      })
    const first = run(0)
    await begun.promise
    const second = run(1)
    await waiting.promise
    await writeFile(join(here.outside, 'go'), '')
    expect((await first).steps).toEqual({ cached: 0, run: 1 })
    expect((await second).steps).toEqual({ cached: 1, run: 0 })
    expect(events).toEqual([['vertex-started'], ['vertex-waiting', 'vertex-cached']])
    expect(await ran(here)).toEqual(['shared'])
    await rm(here.outside, { recursive: true })
  },
)
