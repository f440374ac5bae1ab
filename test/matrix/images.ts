import { constants, copyFile, cp, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { debianArchive } from '../support/debian-archive.ts'
import { runOrThrow } from '../support/run-program.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { writeBaseImage } from '../support/write-base-image.ts'
import { writeTree } from '../support/write-tree.ts'
import { type Column, contextOf, contexts, type Release } from './columns.ts'

/** Base images of the columns, by the name that their Dockerfiles use. */
export const baseNames = ['base', 'alpine', 'debian', 'node'] as const

/** Name of the image in the registry that a column has as its base `name`. */
export function imageOf(name: (typeof baseNames)[number], { release }: Column): string {
  return name === 'debian' && release !== undefined ? release : name
}

interface ImageOptions {
  readonly directory: string
  /** `127.0.0.1:PORT` of the registry that gets the images. */
  readonly registry: string
  /** Address of the mirror. */
  readonly mirror: string
  /** Path of a static `apk`. */
  readonly apk?: string | undefined
  /** There are rows in containers, whose image is made from the one with Node. */
  readonly containers: boolean
}

const root = join(import.meta.dirname, '../..')

/** Makes the base images that the columns use and pushes them. */
export async function pushBases(columns: readonly Column[], options: ImageOptions): Promise<void> {
  const used = new Set((await Promise.all(columns.map(basesOf))).flat())
  const alpine = used.has('alpine') && options.apk !== undefined
  if (used.has('base') || alpine) await pushBusybox(options)
  if (alpine) await pushAlpine(options)
  const node = used.has('node') || options.containers
  if (used.has('debian') || node) await pushDebian(options)
  for (const release of new Set(columns.flatMap((column) => column.release ?? []))) await pushRelease(release, options)
  if (node) await pushNode(options)
}

async function basesOf(column: Column): Promise<readonly string[]> {
  const dockerfile = await readFile(join(contextOf(column), 'Dockerfile'), 'utf8')
  return baseNames.filter((base) => new RegExp(`^FROM ${base}\\b`, 'm').test(dockerfile))
}

async function pushBusybox({ directory, registry }: ImageOptions): Promise<void> {
  const layout = join(directory, 'busybox')
  await writeBaseImage(layout)
  const args = ['--build-context', `layout=oci-layout://${layout}:latest`]
  await pushImage('base', { directory, registry, nodes: { Dockerfile: 'FROM layout\n' }, args })
}

/** The same BusyBox with `apk`. */
async function pushAlpine({ directory, registry, apk = '' }: ImageOptions): Promise<void> {
  await mkdir(join(directory, 'alpine'))
  await copyFile(apk, join(directory, 'alpine/apk'))
  const nodes = { Dockerfile: `FROM ${registry}/base\nCOPY --chmod=755 apk /sbin/\n` }
  await pushImage('alpine', { directory, registry, nodes })
}

/** A small Debian whose apt uses the mirror. */
async function pushDebian(options: ImageOptions): Promise<void> {
  const context = join(options.directory, 'debian')
  await mkdir(context)
  await copyFile(debianArchive, join(context, archiveName), constants.COPYFILE_FICLONE)
  await pushArchive('debian', options)
}

/** The same of another release. */
async function pushRelease(release: Release, options: ImageOptions): Promise<void> {
  const context = join(options.directory, release)
  await mkdir(context)
  const archive = join(context, archiveName)
  const env = { SOURCE_DATE_EPOCH: '1700000000' }
  const settings = aptSettings(options.mirror).map((setting) => `--aptopt=${setting}`)
  await runOrThrow('mmdebstrap', ['--quiet', '--variant=apt', '--include=passwd', ...settings, release, archive], {
    env,
  })
  await pushArchive(release, options)
}

const archiveName = 'debian.tar'

/** Pushes the archive in the context `name` with the address of the mirror. */
async function pushArchive(name: string, { directory, registry, mirror }: ImageOptions): Promise<void> {
  const nodes = {
    Dockerfile: `FROM scratch\nADD ${archiveName} /\nCOPY mirror.conf /etc/apt/apt.conf.d/\n`,
    'mirror.conf': aptSettings(mirror)
      .map((setting) => `${setting};\n`)
      .join(''),
  }
  await pushImage(name, { directory, registry, nodes })
}

/** Mirrors of releases in development may have old lists. */
function aptSettings(mirror: string): readonly string[] {
  return [`Acquire::http::Proxy "${mirror}"`, 'Acquire::Check-Valid-Until "false"']
}

/** The same Debian with Node and npm. */
async function pushNode({ directory, registry }: ImageOptions): Promise<void> {
  const node = join(directory, 'node')
  await mkdir(node)
  await copyFile(process.execPath, join(node, 'node'))
  await runOrThrow('npm', ['install', '--no-audit', '--no-fund', '--prefix', join(node, 'lib'), 'npm@11'])
  const dockerfile = `FROM ${registry}/debian
COPY --chmod=755 node /usr/local/bin/node
COPY lib/node_modules /usr/local/lib/node_modules
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
`
  await pushImage('node', { directory, registry, nodes: { Dockerfile: dockerfile } })
}

/**
 * Makes and pushes the image of the container rows: that of examples/locked-down with other
 * addresses. The contexts are in it.
 */
export async function pushBuilder({ directory, registry, mirror }: ImageOptions): Promise<string> {
  const context = join(directory, 'builder')
  await mkdir(context)
  await runOrThrow('npm', ['run', 'build'], { cwd: root })
  await runOrThrow('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', context], { cwd: root })
  const example = await readFile(join(root, 'examples/locked-down/Dockerfile'), 'utf8')
  const dockerfile = example
    .replace('docker.io/library/node:24-slim', `${registry}/node`)
    .replace('npm install', `npm install --no-audit --no-fund --registry=${mirror}/`)
  await cp(contexts, join(context, 'contexts'), { recursive: true })
  const nodes = { Dockerfile: `${dockerfile}COPY contexts /contexts\n` }
  await pushImage('builder', { directory, registry, nodes })
  return `${registry}/builder`
}

export interface PushOptions {
  readonly directory: string
  readonly registry: string
  readonly nodes: Parameters<typeof writeTree>[1]
  readonly args?: readonly string[]
}

/** Builds an image from files and pushes it. */
export async function pushImage(name: string, { directory, registry, nodes, args = [] }: PushOptions): Promise<void> {
  const context = join(directory, name)
  await writeTree(context, nodes)
  const { code, stderr } = await tsbuild(['build', '-t', `${registry}/${name}`, '--push', ...args, context], {
    root: join(directory, 'store'),
  })
  if (code !== 0) throw new Error(`The image "${name}" cannot be made: ${stderr}`)
}
