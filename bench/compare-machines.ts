import { copyFile, cp, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { startRegistry } from '@tsbuild/registry/testing'
import { startDebianDaemon } from '../test/support/debian-daemon.ts'
import { debianArchive, withoutDebian } from '../test/support/debian-archive.ts'
import { findProgram } from '../test/support/obstacle.ts'
import { runOrThrow } from '../test/support/run-program.ts'
import { temporaryDirectory } from '../test/support/temporary-directory.ts'
import { tsbuild } from '../test/support/tsbuild.ts'
import { startWatchedProxy, type WatchedProxy } from '../test/support/watched-proxy.ts'
import { writeTree } from '../test/support/write-tree.ts'
import { type Choice, choose } from './choose.ts'

const certificates = '/etc/ssl/certs/ca-certificates.crt'
const npm = 'node /usr/local/lib/npm/bin/npm-cli.js'
const dependencies = {
  express: '4.21.2',
  react: '18.3.1',
  'react-dom': '18.3.1',
  webpack: '5.97.1',
  'webpack-cli': '6.0.1',
}

const dockerfile = (base: string): string => `FROM ${base} AS deps
ENV NODE_EXTRA_CA_CERTS=${certificates}
WORKDIR /app
COPY package.json package-lock.json ./
RUN ${npm} ci --no-audit --no-fund
FROM deps AS build
COPY src src
RUN node node_modules/.bin/webpack --mode=production
FROM ${base}
WORKDIR /app
COPY --from=deps /app/node_modules node_modules
COPY --from=build /app/dist dist
CMD ["node", "dist/main.js"]
`
const source = (text: string): string =>
  `import { renderToString } from 'react-dom/server'\nimport { createElement } from 'react'\nconsole.log(renderToString(createElement('p', {}, '${text}')))\n`

/** Builds and pushes with a cache in a registry, as a machine that has nothing. */
interface Builder {
  readonly name: string
  build(context: string, names: { readonly image: string; readonly cache: string }): Promise<void>
}

/**
 * The same project on three fresh machines: without a cache, with that of the first, and with one
 * changed source file. Counts what passes between builder and registry.
 */
export async function compareMachines({ only }: Choice): Promise<void> {
  const obstacle = await withoutDebian()
  if (obstacle !== undefined) throw new Error(`Cannot make the base image: ${obstacle}`)
  await using directory = await temporaryDirectory()
  const { path } = directory
  await using registry = await startRegistry()
  await using proxy = await startWatchedProxy(registry.host)
  const base = `${proxy.host}/base:1`
  await pushBase(path, `${registry.host}/base:1`)
  const ours: Builder = {
    name: 'tsbuild',
    build: async (context, { image, cache }) => {
      const root = join(path, 'store')
      await rm(root, { recursive: true, force: true })
      const caches = ['--cache-from', cache, '--cache-to', `type=registry,mode=max,ref=${cache}`]
      const args = ['build', '-t', image, '-o', 'type=registry,store=false', ...caches, context]
      const { code, stderr } = await tsbuild(args, { root })
      if (code !== 0) throw new Error(stderr)
    },
  }
  const theirs: Builder = {
    name: 'BuildKit',
    build: async (context, { image, cache }) => {
      // A daemon of its own for each machine: pruning leaves parts of the base image.
      const home = await mkdtemp(join(path, 'docker-'))
      await using daemon = await startDebianDaemon(home)
      const env = { DOCKER_HOST: daemon.address, HOME: home }
      const caches = ['--cache-from', `type=registry,ref=${cache}`, '--cache-to', `type=registry,mode=max,ref=${cache}`]
      const args = ['build', '--network=host', '--provenance=false', '-t', image, '--push', ...caches, context]
      await runOrThrow(daemon.buildx, args, { env })
    },
  }
  console.log('builder   machine     seconds  requests  received       sent')
  for (const builder of choose([ours, theirs], only)) await compareOne(builder, { path, base, proxy })
}

async function compareOne(
  builder: Builder,
  { path, base, proxy }: { readonly path: string; readonly base: string; readonly proxy: WatchedProxy },
): Promise<void> {
  const context = join(path, builder.name)
  await writeTree(context, {
    Dockerfile: dockerfile(base),
    'package.json': JSON.stringify({ name: 'app', version: '1.0.0', dependencies }),
    'src/index.js': source('one'),
  })
  const lock = ['install', '--package-lock-only', '--ignore-scripts', '--omit-lockfile-registry-resolved=false']
  await runOrThrow('npm', lock, { cwd: context })
  const repository = `${proxy.host}/${builder.name.toLowerCase()}`
  for (const machine of ['first', 'second', 'one file']) {
    if (machine === 'one file') await writeTree(context, { 'src/index.js': source('two') })
    proxy.exchanges.splice(0)
    const start = performance.now()
    await builder.build(context, { image: `${repository}:1`, cache: `${repository}:cache` })
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    const sum = (member: 'sent' | 'received'): number => proxy.exchanges.reduce((all, one) => all + one[member], 0)
    const cells = [
      seconds.padStart(8),
      `${proxy.exchanges.length}`.padStart(10),
      `${sum('received')}`.padStart(10),
      `${sum('sent')}`.padStart(11),
    ]
    console.log(`${builder.name.padEnd(10)}${machine.padEnd(11)}${cells.join('')}`)
  }
}

/** Debian with Node and npm of this machine. */
async function pushBase(path: string, name: string): Promise<void> {
  const context = join(path, 'base')
  const text = `FROM scratch\nADD debian.tar /\nCOPY node /usr/local/bin/node\nCOPY npm /usr/local/lib/npm\nCOPY certificates ${certificates}\nENV PATH=/usr/local/bin:/usr/bin:/bin\n`
  await writeTree(context, { Dockerfile: text })
  await copyFile(debianArchive, join(context, 'debian.tar'))
  await copyFile(process.execPath, join(context, 'node'))
  await copyFile(certificates, join(context, 'certificates'))
  await cp(join(findProgram('npm') ?? '', '../../lib/node_modules/npm'), join(context, 'npm'), { recursive: true })
  const { code, stderr } = await tsbuild(['build', '-t', name, '-o', 'type=registry,store=false', context], {
    root: join(path, 'base-store'),
  })
  if (code !== 0) throw new Error(stderr)
}
