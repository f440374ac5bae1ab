import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { findProgram } from '../../test/support/obstacle.ts'
import { runOrThrow, runProgram } from '../../test/support/run-program.ts'
import { writeTree } from '../../test/support/write-tree.ts'
import type { Builder } from './builder.ts'

/**
 * BuildKit in a docker daemon that is started for it; undefined without root, or when this
 * machine's docker has no working BuildKit. The result stays in the daemon.
 */
export async function openDocker(directory: string): Promise<Builder | undefined> {
  if (process.getuid?.() !== 0 || findProgram('dockerd') === undefined) return undefined
  const root = join(directory, 'docker')
  const env = { DOCKER_HOST: `unix://${root}/docker.sock`, DOCKER_BUILDKIT: '1' }
  const daemon = startDaemon(root, env.DOCKER_HOST)
  const dispose = async (): Promise<void> => {
    daemon.kill('SIGTERM')
    if (daemon.exitCode === null && daemon.signalCode === null) await once(daemon, 'exit')
    await rm(root, { recursive: true, force: true })
  }
  const program = await findClient(root, env)
  if (program === undefined) {
    await dispose()
    return undefined
  }
  return {
    name: 'docker (BuildKit)',
    daemon: true,
    reset: async () => {
      await runOrThrow(program, ['system', 'prune', '--all', '--force'], { env })
      await runOrThrow(program, ['builder', 'prune', '--all', '--force'], { env })
    },
    command: ({ dockerfile, context, noCache }) => ({
      command: [
        program,
        'build',
        '--network=host',
        '-t',
        'bench:1',
        '-f',
        dockerfile,
        ...(noCache ? ['--no-cache'] : []),
        context,
      ],
      env,
    }),
    [Symbol.asyncDispose]: dispose,
  }
}

function startDaemon(root: string, host: string): ReturnType<typeof spawn> {
  mkdirSync(root, { recursive: true })
  const log = openSync(join(root, 'log'), 'w')
  const directories = [
    '--data-root',
    join(root, 'data'),
    '--exec-root',
    join(root, 'exec'),
    '--pidfile',
    join(root, 'pid'),
  ]
  const daemon = spawn(
    'dockerd',
    [...directories, '--host', host, '--bridge=none', '--iptables=false', '--ip6tables=false'],
    {
      stdio: ['ignore', log, log],
    },
  )
  closeSync(log)
  return daemon
}

/** The first docker client that gets a build done; some lack the plugin BuildKit needs. */
async function findClient(root: string, env: Readonly<Record<string, string>>): Promise<string | undefined> {
  const context = join(root, 'probe')
  await writeTree(context, { Dockerfile: 'FROM scratch\nCOPY a /\n', a: '' })
  const clients = [findProgram('docker'), '/usr/bin/docker'].filter((client) => client !== undefined)
  for (let attempt = 0; attempt < 40; attempt += 1) {
    for (const client of clients) {
      const { code } = await runProgram(client, ['build', context], { env }).catch(() => ({ code: 1 }))
      if (code === 0) return client
    }
    await sleep(250)
  }
  return undefined
}
