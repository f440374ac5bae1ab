import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runOrThrow } from '../support/run-program.ts'
import { findProgram, type Obstacle } from '../support/obstacle.ts'
import type { BuildkitPeer } from './build-with-buildkit.ts'

/** Address of a running buildkitd, such as `unix:///run/buildkit/buildkitd.sock`. */
const addressVariable = 'TSBUILD_DIFFERENTIAL_BUILDKIT_HOST'

/** Why there is no BuildKit to compare with; undefined when there is. */
export function withoutPeer(): Obstacle {
  if (process.env[addressVariable] === undefined) return `${addressVariable} is not set`
  return buildx() === undefined ? 'buildx not installed' : undefined
}

/** Connects buildx to the buildkitd that the environment names; what it has to remember is in `directory`. */
export async function connectPeer(directory: string): Promise<BuildkitPeer> {
  const address = process.env[addressVariable]
  const program = buildx()
  if (address === undefined || program === undefined) throw new Error(withoutPeer())
  const env = { BUILDX_CONFIG: join(directory, 'buildx'), DOCKER_CONFIG: join(directory, 'docker'), BUILDX_BUILDER: 'peer' }
  await runOrThrow(program, ['create', '--name', 'peer', '--driver', 'remote', address], { env })
  return { command: [program], env }
}

/** buildx works without the docker it is a plugin of. */
function buildx(): string | undefined {
  const plugins = ['/usr/libexec/docker/cli-plugins/docker-buildx', '/usr/lib/docker/cli-plugins/docker-buildx']
  return findProgram('docker-buildx') ?? plugins.find((path) => existsSync(path))
}
