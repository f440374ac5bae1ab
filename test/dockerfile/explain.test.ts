import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { plan } from '../../src/build.ts'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { test } from '../support/test.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { writeBaseImage } from '../support/write-base-image.ts'
import { writeTree } from '../support/write-tree.ts'

const obstacle = await withoutRun()

const dockerfile = `FROM base AS deps
ARG LEVEL=1
ENV MODE=fast
COPY package.json ./
RUN echo $LEVEL $MODE > /deps
FROM base
COPY src /src
RUN --mount=from=deps,source=/deps,target=/deps cat /deps > /out
`

describe.skipIf(obstacle !== undefined)(titled('the first input that differs', obstacle), () => {
  test('is named by a plan, by a dry run, and by the log of a build', async ({ directory, store }) => {
    const context = join(directory, 'context')
    const image = join(directory, 'image')
    await writeBaseImage(image)
    await writeTree(context, { Dockerfile: dockerfile, 'package.json': '{}', 'src/a.js': 'a', 'src/b.js': 'b' })
    const contexts = { base: `oci-layout://${image}:latest` }
    const run = (command: readonly string[]): ReturnType<typeof tsbuild> =>
      tsbuild([...command, '--build-context', `base=${contexts.base}`, '-o', 'type=cacheonly', context], {
        root: store,
        cwd: directory,
      })
    expect(await run(['build', '--progress=plain', '--explain'])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('runs: it has not run here before'),
    })
    /** Name and reason of every step that would run, while something is changed. */
    const missing = async (
      change: () => Promise<void>,
      args: Readonly<Record<string, string>> = {},
    ): Promise<readonly string[]> => {
      const files = ['Dockerfile', 'package.json', 'src/a.js', 'src/b.js']
      const before = await Promise.all(files.map((name) => readFile(join(context, name))))
      await change()
      const { steps } = await plan({ context, contexts, root: store, args })
      await rm(join(context, 'src/c.js'), { force: true })
      await Promise.all(
        files.map((name, index) => writeFile(join(context, name), before[index] ?? '', { mode: 0o644 })),
      )
      await chmod(join(context, 'src/b.js'), 0o644)
      return steps
        .filter(({ state }) => state === 'miss')
        .map(({ name, reason }) => `${name.replace(/^\S+ \S+ /, '')}: ${reason}`)
    }
    const edit = (from: string, to: string) => () =>
      writeFile(join(context, 'Dockerfile'), dockerfile.replace(from, to))

    expect(await missing(async () => {})).toEqual([])
    expect(await missing(() => writeFile(join(context, 'package.json'), '{ }'))).toEqual([
      'COPY package.json ./: "package.json" changed in the build context',
    ])
    expect(await missing(() => writeFile(join(context, 'src/c.js'), ''))).toEqual([
      'COPY src /src: "src/c.js" was added in the build context',
    ])
    expect(await missing(() => rm(join(context, 'src/b.js')))).toEqual([
      'COPY src /src: "src/b.js" was removed in the build context',
    ])
    expect(await missing(() => chmod(join(context, 'src/b.js'), 0o755))).toEqual([
      'COPY src /src: "src/b.js" has another mode or owner in the build context',
    ])
    const echo = 'RUN echo $LEVEL $MODE > /deps'
    expect(await missing(async () => {}, { LEVEL: '2' })).toEqual([`${echo}: ARG LEVEL changed`])
    expect(await missing(edit('MODE=fast', 'MODE=slow'))).toEqual([`${echo}: ENV MODE changed`])
    expect(await missing(edit('ENV MODE=fast', 'ENV MODE=fast NEW=1'))).toEqual([`${echo}: ENV NEW was added`])
    expect(await missing(edit('ENV MODE=fast\n', ''))).toEqual([`${echo}: ENV MODE was removed`])
    expect(await missing(edit('ENV MODE=fast', 'ENV MODE=fast\nENV LEVEL=3'))).toEqual([`${echo}: ENV LEVEL was added`])
    expect(await missing(edit('ENV MODE=fast', 'ENV MODE=fast\nARG MODE=slow'))).toEqual([
      `${echo}: ARG MODE was added`,
    ])
    expect(await missing(edit('COPY src /src', 'COPY --chmod=700 src /src'))).toEqual([
      'COPY --chmod=700 src /src: --chmod was added',
    ])
    await writeFile(join(context, 'src/a.js'), 'changed')
    expect((await run(['build', '--dry-run'])).stdout).toMatch(/^miss .*COPY src \/src +"src\/a.js" changed/m)
    const json = await run(['build', '--progress=json'])
    const started = json.stderr
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
      .filter(({ type, reason }) => type === 'vertex-started' && reason !== undefined)
    expect(started.map(({ reason }) => reason)).toEqual([
      '"src/a.js" changed in the build context',
      expect.stringContaining('COPY src /src has another result'),
    ])
    // Another image with the same files.
    await writeBaseImage(image, { author: 'other' })
    const { steps } = await plan({ context, contexts, root: store })
    expect(steps.filter(({ state }) => state === 'miss').map(({ reason }) => reason)).toEqual([])
  })
})
