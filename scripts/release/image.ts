import { existsSync } from 'node:fs'
import { copyFile, mkdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { architectures } from '../executable/target.ts'
import { run } from './run.ts'

const files = join(import.meta.dirname, 'image')

export interface ImageOptions {
  /** Has an executable for each processor; the one of this machine builds the image. */
  readonly executables: string
  /** Has `root-ARCHITECTURE.tar` for each processor, or gets it. */
  readonly roots: string
  readonly work: string
  readonly name: string
  /** Seconds since 1970: no file is newer. */
  readonly epoch: string
  /** The OCI archive to write. */
  readonly dest: string
}

/** Builds the image for all processors with tsbuild itself. Returns the digest of its index. */
export async function makeImage({ executables, roots, work, name, epoch, dest }: ImageOptions): Promise<string> {
  const context = join(work, 'context')
  await mkdir(context, { recursive: true })
  await copyFile(join(files, 'Dockerfile'), join(context, 'Dockerfile'))
  const platforms = Object.values(architectures)
  for (const platform of platforms) {
    const root = `root-${platform}.tar`
    if (!existsSync(join(roots, root))) await makeRoot(platform, join(roots, root))
    await copyFile(join(roots, root), join(context, root))
    const executable = `tsbuild-linux-${platform}`
    await copyFile(join(executables, executable), join(context, executable))
  }
  const host = process.arch === 'arm64' ? 'arm64' : 'amd64'
  const metadataFile = join(work, 'metadata.json')
  const args = [
    ...['build', '--progress=plain', `--platform=${platforms.map((platform) => `linux/${platform}`).join()}`],
    ...['--tag', name, `--output=type=oci,dest=${dest}`, `--metadata-file=${metadataFile}`, context],
  ]
  const env = { TSBUILD_ROOT: join(work, 'store'), SOURCE_DATE_EPOCH: epoch }
  run(join(executables, `tsbuild-linux-${host}`), args, { env })
  const metadata: Readonly<Record<string, unknown>> = JSON.parse(await readFile(metadataFile, 'utf8'))
  return String(metadata['containerimage.digest'])
}

/**
 * Makes the root file system of the image from Debian packages for a processor: busybox as the
 * shell, certificates, git, and the libraries of Node. Needs root, mmdebstrap and the package
 * sources of a Debian.
 */
async function makeRoot(architecture: string, archive: string): Promise<void> {
  const [, release] = /^VERSION_CODENAME=(\w+)/m.exec(await readFile('/etc/os-release', 'utf8')) ?? []
  if (release === undefined) throw new Error('Cannot release: this is no Debian')
  const sources = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list'].filter((path) => existsSync(path))
  const unfinished = `${archive}.${process.pid}.tar`
  run('mmdebstrap', [
    '--quiet',
    '--variant=extract',
    '--skip=output/dev',
    `--architectures=${architecture}`,
    '--include=busybox-static,ca-certificates,git,libstdc++6',
    `--extract-hook=${join(files, 'root.sh')}`,
    ...[release, unfinished, ...sources.slice(0, 1)],
  ])
  await rename(unfinished, archive)
}
