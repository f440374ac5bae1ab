import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseManifest } from '@tsbuild/oci'
import { startRegistry } from '@tsbuild/registry/testing'
import { mountTypes } from '../src/mounts/mount-manifest.ts'
import { measure as measureDirectory } from '../src/store/objects/measure.ts'
import { runOrThrow } from '../test/support/run-program.ts'
import { temporaryDirectory } from '../test/support/temporary-directory.ts'
import { tsbuild } from '../test/support/tsbuild.ts'
import { startWatchedProxy } from '../test/support/watched-proxy.ts'
import { writeTree } from '../test/support/write-tree.ts'
import { type Choice, choose } from './choose.ts'
import { type MountWork, mountWorks, toolPackages } from './mount-works.ts'

/** Layout of the base image; made in minutes, and kept. */
const toolsLayout = join(tmpdir(), 'tsbuild-bench-tools')

/** One build on a machine of its own. */
interface Machine {
  /** Packages that the tool downloaded or compiled. */
  readonly work: number
  readonly seconds: number
  /** From the cache, and bytes of new blobs of the mount there. */
  readonly requests: number
  readonly received: number
  readonly uploaded: number
}

/**
 * Builds each project on three machines that share a registry: the first has no cache, the second
 * the mounts of the first, the third one more package as well.
 */
export async function compareMounts({ only }: Choice): Promise<void> {
  const works = choose(mountWorks, only)
  await using directory = await temporaryDirectory()
  const tools = await toolImage()
  const root = join(directory.path, 'store')
  console.log('work          machine       packages   seconds  requests  received   uploaded')
  for (const work of works) await compareOne(work, { tools, root, path: join(directory.path, work.name) })
}

interface Place {
  /** Layout of the base image. */
  readonly tools: string
  /** Store of all machines. */
  readonly root: string
  readonly path: string
}

async function compareOne(work: MountWork, { tools, root, path }: Place): Promise<void> {
  await using registry = await startRegistry()
  await using proxy = await startWatchedProxy(registry.host)
  const ref = `${proxy.host}/app:cache`
  const context = join(path, 'context')
  await writeTree(context, { ...work.files, Dockerfile: work.dockerfile })
  const newBlobs = countNewBlobs()
  const build = async (machine: string): Promise<Machine> => {
    if (work.locked) await lock(context)
    // Another machine, but for the unpacked base image, which takes minutes.
    for (const part of ['mounts', 'cache']) await rm(join(root, 'v1', part), { recursive: true, force: true })
    proxy.exchanges.splice(0)
    const start = performance.now()
    const { code, stderr } = await tsbuild(
      [
        ...[
          'build',
          '--progress=plain',
          '--build-context',
          `tools=oci-layout://${tools}:latest`,
          '-o',
          'type=cacheonly',
        ],
        ...['--build-arg', `BUILD=${machine}`, '--secret', 'id=certificates,src=/etc/ssl/certs/ca-certificates.crt'],
        ...['--cache-from', ref, '--cache-to', `type=registry,ref=${ref},mounts=${work.mount}`, context],
      ],
      { root },
    )
    const seconds = (performance.now() - start) / 1000
    if (code !== 0) throw new Error(stderr)
    const requests = proxy.exchanges.length
    const received = proxy.exchanges.reduce((all, one) => all + one.received, 0)
    const output = stderr.replaceAll(/^#\d+ (?:\d+\.\d+ )?/gm, '')
    return {
      work: output.match(work.work)?.length ?? 0,
      seconds,
      requests,
      received,
      uploaded: await newBlobs(registry.host),
    }
  }
  printLine(work, 'first', await build('first'))
  const size = await measureDirectory(join(root, 'v1/mounts'))
  console.log(`${work.name.padEnd(14)}the mount has ${size} bytes on disk`)
  printLine(work, 'second', await build('second'))
  await writeTree(context, work.more)
  const third = await build('third')
  printLine(work, 'more', third)
  console.log(
    `${work.name.padEnd(14)}uploaded for one more package: ${((100 * third.uploaded) / size).toFixed(2)} % of the mount`,
  )
}

function printLine(
  { name }: MountWork,
  machine: string,
  { work, seconds, requests, received, uploaded }: Machine,
): void {
  const cells = [`${work}`.padStart(9), seconds.toFixed(1).padStart(9), `${requests}`.padStart(9)]
  console.log(
    `${name.padEnd(14)}${machine.padEnd(13)}${cells.join(' ')} ${`${received}`.padStart(9)} ${`${uploaded}`.padStart(10)}`,
  )
}

async function lock(context: string): Promise<void> {
  const args = ['install', '--package-lock-only', '--ignore-scripts', '--omit-lockfile-registry-resolved=false']
  await runOrThrow('npm', args, { cwd: context })
}

/** Bytes of the blobs of the mount in the cache that it did not have at the last call. */
function countNewBlobs(): (host: string) => Promise<number> {
  const known = new Set<string>()
  return async (host) => {
    const accept = { accept: 'application/vnd.oci.image.manifest.v1+json' }
    const answer = await fetch(`http://${host}/v2/app/manifests/cache`, { headers: accept })
    const { layers } = parseManifest(new Uint8Array(await answer.arrayBuffer()))
    const types: readonly string[] = Object.values(mountTypes)
    const added = layers.filter(({ mediaType, digest }) => types.includes(mediaType) && !known.has(digest))
    for (const { digest } of added) known.add(digest)
    return added.reduce((sum, { size }) => sum + size, 0)
  }
}

/** A layout with Debian and the tools, from the mirrors of the machine. */
async function toolImage(): Promise<string> {
  if (existsSync(toolsLayout)) return toolsLayout
  await using directory = await temporaryDirectory()
  const context = join(directory.path, 'tools')
  await writeTree(context, { Dockerfile: 'FROM scratch\nADD tools.tar /\n' })
  const include = `--include=${toolPackages.join(',')}`
  await runOrThrow('mmdebstrap', ['--quiet', '--variant=minbase', include, 'bookworm', join(context, 'tools.tar')])
  const unfinished = `${toolsLayout}.${process.pid}`
  const output = `type=oci,tar=false,dest=${unfinished},compression=uncompressed`
  const { code, stderr } = await tsbuild(['build', '-t', 'tools:latest', '-o', output, context], {
    root: join(directory.path, 'store'),
  })
  if (code !== 0) throw new Error(stderr)
  await rename(unfinished, toolsLayout)
  return toolsLayout
}
