import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { findProgram, type Obstacle, withoutPrograms, withoutRoot } from './obstacle.ts'
import { type ProgramResult, runProgram } from './run-program.ts'

/** Reason why no docker daemon can be started here. */
export function withoutDocker(): Obstacle {
  return withoutPrograms('docker', 'dockerd', 'unshare') ?? withoutRoot()
}

/** A docker daemon of the test's own, without networks. */
export interface DockerDaemon extends AsyncDisposable {
  /** For `DOCKER_HOST`. */
  readonly address: string
  docker(...args: readonly string[]): Promise<ProgramResult>
}

/**
 * Starts a daemon that keeps everything below `directory`. Throws with its log when it does not
 * come up.
 */
export async function startDocker(directory: string): Promise<DockerDaemon> {
  const address = `unix://${join(directory, 'docker.sock')}`
  const at = (name: string): string => join(directory, name)
  const storage = [
    '--data-root',
    at('root'),
    '--exec-root',
    at('exec'),
    '--pidfile',
    at('pid'),
    '--storage-driver',
    'vfs',
  ]
  const program = [findProgram('dockerd') ?? 'dockerd', '-H', address, ...storage, '--bridge=none', '--iptables=false']
  // Its mounts end with it: where / is not shared, it mounts its directory and leaves it so.
  const daemon = spawn('unshare', ['--mount', ...program], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOME: directory },
  })
  let log = ''
  daemon.stderr.setEncoding('utf8').on('data', (text: string) => (log += text))
  const ended = once(daemon, 'exit')
  const docker = (...args: readonly string[]): Promise<ProgramResult> => runProgram('docker', ['-H', address, ...args])
  const running: DockerDaemon = {
    address,
    docker,
    [Symbol.asyncDispose]: async () => {
      daemon.kill('SIGTERM')
      await ended
    },
  }
  for (let tries = 0; tries < 1200; tries += 1) {
    if ((await docker('version')).code === 0) return running
    if (daemon.exitCode !== null) break
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  await running[Symbol.asyncDispose]()
  throw new Error(`dockerd did not come up: ${log}`)
}
