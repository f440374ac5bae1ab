import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { build } from '../../src/build.ts'
import { titled } from '../support/obstacle.ts'
import { withoutRun } from '../support/run-obstacle.ts'
import { test } from '../support/test.ts'
import { writeTree } from '../support/write-tree.ts'

const obstacle = await withoutRun()

/** A script instead of cargo-chef: manifest and lock file without the application's version. */
const chef = `FROM base AS planner
WORKDIR /app
COPY . .
RUN grep -v ^version Cargo.toml > /recipe && cat Cargo.lock >> /recipe
FROM base AS builder
WORKDIR /app
COPY --from=planner /recipe /recipe
RUN cat /recipe /proc/sys/kernel/random/uuid > /dependencies
COPY src src
RUN cat src/*.rs /dependencies > /app/program
`

/** A script instead of turbo prune: the needs of a package, manifests apart from sources. */
const turbo = `FROM base AS pruner
WORKDIR /app
COPY . .
RUN mkdir -p /out/json /out/full && for name in web $(cat packages/web/needs); do \\
  mkdir -p /out/json/$name && cp packages/$name/package.json /out/json/$name && cp -r packages/$name /out/full; done
FROM base
WORKDIR /app
COPY --from=pruner /out/json .
RUN cat */package.json /proc/sys/kernel/random/uuid > /modules
COPY --from=pruner /out/full .
RUN cat */index.js /modules > /app/bundle
`

describe.skipIf(obstacle !== undefined)(titled('on a second machine, an edit that does not matter', obstacle), () => {
  test.for([
    {
      name: 'cargo-chef',
      dockerfile: chef,
      files: { 'Cargo.toml': 'name = "app"\nversion = "1"\n', 'Cargo.lock': 'serde 1', 'src/main.rs': 'fn main() {}' },
      irrelevant: { 'Cargo.toml': 'name = "app"\nversion = "2"\n', 'README.md': 'new' },
      pruning: ['COPY . .', 'RUN grep -v ^version Cargo.toml > /recipe && cat Cargo.lock >> /recipe'],
      relevant: { 'src/main.rs': 'fn main() { main() }' },
      last: ['COPY src src', 'RUN cat src/*.rs /dependencies > /app/program'],
    },
    {
      name: 'turbo prune',
      dockerfile: turbo,
      files: {
        'packages/web/package.json': '{}',
        'packages/web/index.js': 'web',
        'packages/web/needs': 'ui',
        'packages/ui/package.json': '{}',
        'packages/ui/index.js': 'ui',
        'packages/docs/package.json': '{}',
        'packages/docs/index.js': 'docs',
      },
      irrelevant: { 'packages/docs/index.js': 'new docs', 'packages/docs/package.json': '{"version":"2"}' },
      pruning: ['COPY . .', /^RUN mkdir -p \/out\/json/],
      relevant: { 'packages/ui/index.js': 'new ui' },
      last: ['COPY --from=pruner /out/full .', 'RUN cat */index.js /modules > /app/bundle'],
    },
  ])('$name: runs the pruning stage again and nothing after it', async (pattern, { base, directory }) => {
    const context = join(directory, 'context')
    const place = join(directory, 'cache')
    /** The steps that run on a machine of their own. */
    const run = async (machine: string): Promise<readonly string[]> => {
      const names: string[] = []
      await build({
        context,
        dockerfile: { text: pattern.dockerfile },
        contexts: { base: `oci-layout://${base}:latest` },
        outputs: [{ kind: 'cacheonly' }],
        root: join(directory, machine),
        cacheFrom: [{ kind: 'local', src: place }],
        ...(machine === 'first' && { cacheTo: [{ kind: 'local', dest: place, mode: 'max' }] }),
        report: (event) => {
          if (event.type === 'vertex-started' && event.line !== undefined)
            names.push(event.name.replace(/^\[.*?\] /, ''))
        },
      })
      return names
    }
    await writeTree(context, pattern.files)
    expect((await run('first')).length).toBeGreaterThan(pattern.pruning.length)
    expect(await run('second')).toEqual([])
    await writeTree(context, pattern.irrelevant)
    const pruning = pattern.pruning.map((name) => (typeof name === 'string' ? name : expect.stringMatching(name)))
    expect(await run('third')).toEqual(pruning)
    await writeTree(context, pattern.relevant)
    expect(await run('fourth')).toEqual([...pruning, ...pattern.last])
  })
})
