import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DebianDaemon, startDebianDaemon } from '../support/debian-daemon.ts'
import { runOrThrow } from '../support/run-program.ts'
import type { Servers } from './cell.ts'
import type { Column } from './columns.ts'
import { pullImage, type Tools } from './environment.ts'
import { pushBases, pushBuilder } from './images.ts'
import type { Row } from './rows.ts'
import type { Started } from './servers.ts'

/** Milliseconds that one build may take. */
const timeout = 20 * 60_000

interface ToolOptions extends Started {
  readonly rows: readonly Row[]
  readonly columns: readonly Column[]
  /** Receives a line for every step. */
  readonly progress: (line: string) => void
  readonly apk: string | undefined
  readonly servers: Servers
}

/** Makes what environments and columns are made of: base images and, for containers, a daemon. */
export async function prepareTools({
  rows,
  columns,
  directory,
  servers,
  stack,
  apk,
  progress,
}: ToolOptions): Promise<Tools> {
  progress('base images')
  const images = join(directory, 'images')
  await mkdir(images)
  const containers = rows.some(({ place }) => place !== 'machine')
  await pushBases(columns, { directory: images, containers, apk, ...servers })
  if (!containers) return { directory, timeout }
  progress('image of the container rows')
  const image = await pushBuilder({ directory: images, containers, ...servers })
  progress('docker, containerd and crun of Debian testing, gVisor of this Debian')
  const gvisor = { runsc: { path: '/usr/local/bin/runsc', runtimeArgs: ['--network=host'] } }
  const daemon = stack.use(
    await startDebianDaemon(directory, { packages: ['crun', 'docker-cli', 'util-linux'], runtimes: gvisor }),
  )
  await installGvisor(daemon, directory)
  await pullImage(daemon, image)
  return { directory, image, daemon, timeout }
}

/** The gVisor of Debian testing is built with a Go that is too new for it: its sandbox panics. */
async function installGvisor(daemon: DebianDaemon, directory: string): Promise<void> {
  const unpacked = join(directory, 'gvisor')
  await mkdir(unpacked)
  await runOrThrow('apt-get', ['download', '--quiet', 'runsc'], { cwd: unpacked })
  const [file = ''] = await readdir(unpacked)
  await runOrThrow('sh', ['-c', 'dpkg -x "$1" .', 'sh', file], { cwd: unpacked })
  const args = ['-c', 'mkdir -p /usr/local/bin && cat > /usr/local/bin/runsc && chmod +x /usr/local/bin/runsc']
  await daemon.run('sh', args, { input: await readFile(join(unpacked, 'usr/bin/runsc')) })
}
