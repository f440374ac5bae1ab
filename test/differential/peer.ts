import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { findProgram, type Obstacle } from '../support/obstacle.ts'
import { runOrThrow, runProgram } from '../support/run-program.ts'
import type { BuildkitPeer } from './build-with-buildkit.ts'
import { daemonVariable, startDebianDaemon, withoutDebianDaemon } from '../support/debian-daemon.ts'

/** Address of a running buildkitd, such as `unix:///run/buildkit/buildkitd.sock`. */
const addressVariable = 'TSBUILD_DIFFERENTIAL_BUILDKIT_HOST'

/** The first docker with BuildKit 0.20. */
const firstDocker = 28

/** A BuildKit that was found or started; disposing ends what was started. */
export type OpenPeer = BuildkitPeer & AsyncDisposable

/**
 * A BuildKit: the one whose address the environment names, or else the machine's docker, or else
 * one of Debian testing, when the environment asks for it. What has to be remembered is below
 * `directory`. Answers why there is none otherwise.
 */
export async function openPeer(directory: string): Promise<OpenPeer | string> {
  const address = process.env[addressVariable]
  if (address !== undefined) return connectBuildkit(address, directory)
  const docker = await dockerObstacle()
  if (docker === undefined) return openDocker()
  if (process.env[daemonVariable] !== '1') return `${docker}; ${addressVariable} is not set, nor ${daemonVariable}=1`
  return withoutDebianDaemon() ?? openDebian(directory)
}

async function connectBuildkit(address: string, directory: string): Promise<OpenPeer | string> {
  const program = findBuildx()
  if (program === undefined) return 'buildx not installed'
  const env = { ...configuration(directory), BUILDX_BUILDER: 'peer' }
  await runOrThrow(program, ['create', '--name', 'peer', '--driver', 'remote', address], { env })
  return { command: [program], env, ...nothingToStop }
}

/**
 * Reason why the machine's docker cannot be compared: it has to keep images as containerd does to
 * know OCI layouts.
 */
async function dockerObstacle(): Promise<Obstacle> {
  if (findProgram('docker') === undefined) return 'docker not installed'
  const format = '{{.ServerVersion}} {{.DriverStatus}}'
  const { code, stdout } = await runProgram('docker', ['info', '--format', format])
  if (code !== 0) return 'no docker daemon'
  if (Number.parseInt(stdout, 10) < firstDocker) return `docker older than ${firstDocker}`
  if (!stdout.includes('io.containerd.snapshotter')) return 'docker without the containerd image store'
  return (await runProgram('docker', ['buildx', 'version'])).code === 0 ? undefined : 'docker without buildx'
}

function openDocker(): OpenPeer {
  return { command: ['docker', 'buildx'], env: { BUILDX_BUILDER: 'default' }, ...nothingToStop }
}

async function openDebian(directory: string): Promise<OpenPeer | string> {
  try {
    const daemon = await startDebianDaemon(directory)
    return {
      command: [daemon.buildx],
      env: { ...configuration(directory), DOCKER_HOST: daemon.address, BUILDX_BUILDER: 'default' },
      // It has no network of its own for RUN.
      flags: ['--network=host', '--allow=network.host'],
      [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
    }
  } catch (error) {
    return `no docker of Debian testing: ${String(error).split('\n')[0]}`
  }
}

const nothingToStop: AsyncDisposable = { [Symbol.asyncDispose]: async () => undefined }

function configuration(directory: string): Readonly<Record<string, string>> {
  return { BUILDX_CONFIG: join(directory, 'buildx'), DOCKER_CONFIG: join(directory, 'docker') }
}

/** buildx works without the docker it is a plugin of. */
function findBuildx(): string | undefined {
  const plugins = ['/usr/libexec/docker/cli-plugins/docker-buildx', '/usr/lib/docker/cli-plugins/docker-buildx']
  return findProgram('docker-buildx') ?? plugins.find((path) => existsSync(path))
}
