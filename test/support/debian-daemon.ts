import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type Obstacle, withoutPrograms, withoutRoot } from './obstacle.ts'
import { type ProgramOptions, type ProgramResult, runOrThrow, runProgram } from './run-program.ts'

/** Opens one for a test run that would not find a BuildKit otherwise. */
export const daemonVariable = 'TSBUILD_DIFFERENTIAL_DAEMON'

/** A dockerd of Debian testing for this process alone. */
export interface DebianDaemon extends AsyncDisposable {
  /** Value of DOCKER_HOST. */
  readonly address: string
  /** Path of a buildx that fits. */
  readonly buildx: string
  /** Runs a program of its Debian in its mounts, such as `docker` and `ctr`. */
  run(program: string, args: readonly string[], options?: ProgramOptions): Promise<ProgramResult>
}

/** Further packages of the daemon besides docker. */
export interface DebianDaemonOptions {
  /** Further Debian packages. */
  readonly packages?: readonly string[]
  /** Runtimes by name, for `docker run --runtime`. */
  readonly runtimes?: Readonly<Record<string, { readonly path: string; readonly runtimeArgs?: readonly string[] }>>
}

/** dockerd and what it runs; the last three are for scripts of git. */
const packages = [
  'docker.io',
  'docker-buildx',
  'containerd',
  'runc',
  'mount',
  'xz-utils',
  'git',
  'dash',
  'coreutils',
  'sed',
]

/** Makes the links that packages unpacked without base-files rely on. */
const makeLinks = 'cd "$1" && mkdir -p usr/bin usr/sbin usr/lib usr/lib64 && ln -s usr/bin usr/sbin usr/lib usr/lib64 .'

/**
 * Becomes the daemon: a root of its own, which runc demands, and the network of the machine, where
 * the servers of cases are.
 */
const becomeDaemon = `
cd "$1"
mount --bind . .
cd "$1"
mkdir -p proc sys dev run tmp peer old etc/docker var/lib/docker
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount -t tmpfs tmpfs run
# Overlays cannot lie on an overlay, which is what a container of a CI has.
mount -t tmpfs tmpfs var/lib/docker
cp /etc/resolv.conf /etc/hosts etc/ || :
printf %s "$2" > etc/docker/daemon.json
pivot_root . old
umount -l old
exec dockerd --bridge=none --iptables=false --ip6tables=false --host=unix:///peer/docker.sock
`

/** Reason why such a daemon cannot run; undefined when it may. */
export function withoutDebianDaemon(): Obstacle {
  return withoutRoot() ?? withoutPrograms('mmdebstrap', 'unshare', 'setpriv')
}

/**
 * Unpacks docker of Debian testing below `directory` (470 MB, 20 s) and starts it. Throws when the
 * archive cannot be reached or the daemon does not start. It dies with this process; disposing ends
 * it and removes what it had.
 */
export async function startDebianDaemon(directory: string, options: DebianDaemonOptions = {}): Promise<DebianDaemon> {
  const root = join(directory, 'debian')
  await unpack(root, options)
  const { daemon, output } = spawnDaemon(root, options)
  const ended = once(daemon, 'close')
  const stop = async (): Promise<void> => {
    daemon.kill('SIGKILL')
    await ended
    await rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
  const socket = join(root, 'peer/docker.sock')
  for (let tries = 0; !existsSync(socket); tries += 1) {
    if (tries < 1200 && daemon.exitCode === null) {
      await setTimeout(100)
      continue
    }
    await stop()
    throw new Error(`dockerd did not start: ${output().trim().split('\n').at(-1)}`)
  }
  return {
    address: `unix://${socket}`,
    buildx: join(root, 'usr/libexec/docker/cli-plugins/docker-buildx'),
    run: async (program, args, rest = {}) => {
      const env = { DOCKER_HOST: 'unix:///peer/docker.sock', ...rest.env }
      return runProgram('nsenter', ['--target', await firstChild(daemon.pid), '--mount', '--pid', program, ...args], {
        ...rest,
        env,
      })
    },
    [Symbol.asyncDispose]: stop,
  }
}

/** The daemon itself: it has become the only child of the program that made its namespaces. */
async function firstChild(pid: number | undefined): Promise<string> {
  const [child] = (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ')
  if (child === undefined || child === '') throw new Error('dockerd has ended')
  return child
}

async function unpack(root: string, { packages: further = [] }: DebianDaemonOptions): Promise<void> {
  const options = ['Acquire::Check-Valid-Until "false"', 'APT::Install-Recommends "false"'].map(
    (option) => `--aptopt=${option}`,
  )
  const included = [...packages, ...further].join(',')
  const args = [
    '--quiet',
    '--variant=extract',
    '--mode=root',
    `--include=${included}`,
    `--setup-hook=${makeLinks}`,
    ...options,
  ]
  await runOrThrow('mmdebstrap', [...args, 'testing', root], { signal: AbortSignal.timeout(600_000) })
}

function spawnDaemon(
  root: string,
  { runtimes = {} }: DebianDaemonOptions,
): { readonly daemon: ReturnType<typeof spawn>; readonly output: () => string } {
  const namespaces = ['unshare', '--mount', '--pid', '--fork', '--kill-child']
  const settings = JSON.stringify({ features: { 'containerd-snapshotter': true }, runtimes })
  const daemon = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', ...namespaces, 'sh', '-euc', becomeDaemon, 'sh', root, settings],
    {
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root' },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  let text = ''
  daemon.stderr?.setEncoding('utf8').on('data', (chunk: string) => (text = (text + chunk).slice(-10_000)))
  return { daemon, output: () => text }
}
