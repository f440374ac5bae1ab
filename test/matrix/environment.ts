import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { DebianDaemon } from '../support/debian-daemon.ts'
import { makeOrdinaryUser, type OrdinaryUser } from '../support/ordinary-user.ts'
import { type ProgramResult, runProgram } from '../support/run-program.ts'
import { tsbuildPath } from '../support/tsbuild.ts'
import { contexts } from './columns.ts'
import type { Row } from './rows.ts'

/** A row in which tsbuild can be started. */
export interface Environment extends AsyncDisposable {
  /** Directory that has the contexts of the columns. */
  readonly contexts: string
  /** Runs tsbuild. */
  run(args: readonly string[]): Promise<ProgramResult>
  /** Runs a program with its arguments. */
  execute(command: readonly string[]): Promise<ProgramResult>
}

/** Things that environments are made of. */
export interface Tools {
  readonly directory: string
  /** Name of the image with Node and tsbuild, for rows in containers. */
  readonly image?: string
  readonly daemon?: DebianDaemon
  /** Milliseconds that a build may take. */
  readonly timeout: number
}

const common = { SOURCE_DATE_EPOCH: '1500000000', NO_COLOR: '1' }

/** Opens the environment of a row. */
export async function openEnvironment(row: Row, tools: Tools): Promise<Environment> {
  if (row.place === 'machine') return onMachine(row, tools)
  const { daemon, image } = tools
  if (daemon === undefined || image === undefined) throw new Error(`The row ${row.name} needs containers`)
  return inContainer(row, { ...tools, daemon, image })
}

/** An ordinary user gets the ids by `setpriv`, after what root prepares. */
async function onMachine(
  { name, user: wanted, prepare = [], args }: Row,
  { directory, timeout }: Tools,
): Promise<Environment> {
  const user: OrdinaryUser | undefined = wanted && (await makeOrdinaryUser(wanted))
  const home = user?.home ?? join(directory, `home-${name}`)
  const drop =
    user === undefined
      ? []
      : ['setpriv', '--reuid', `${user.uid}`, '--regid', `${user.gid}`, '--clear-groups', '--inh-caps=-all']
  const execute = (command: readonly string[]): Promise<ProgramResult> => {
    const [program = '', ...words] = [...prepare, ...drop, ...args, ...command]
    return runProgram(program, words, {
      cwd: '/',
      env: { ...common, ...user?.env, TSBUILD_ROOT: join(home, 'store') },
      signal: AbortSignal.timeout(timeout),
    })
  }
  return {
    contexts,
    execute,
    run: (rest) => execute([tsbuildPath, ...rest]),
    [Symbol.asyncDispose]: async () => user?.[Symbol.asyncDispose](),
  }
}

/** A container for every build: what it stores ends with it. */
function inContainer(
  { place, args }: Row,
  { daemon, image, timeout }: Tools & { readonly daemon: DebianDaemon; readonly image: string },
): Environment {
  const variables = Object.entries(common).map(([name, value]) => `${name}=${value}`)
  const execute = async (command: readonly string[]): Promise<ProgramResult> => {
    const name = `matrix-${randomUUID()}`
    const [program, flags, remove] =
      place === 'docker'
        ? [
            'docker',
            [
              ...['run', '--rm', '--name', name, '--network=host'],
              ...[...variables.flatMap((text) => ['-e', text]), ...args, image],
            ],
            ['rm', '-f', name],
          ]
        : [
            'ctr',
            [
              ...[...containerd, 'run', '--rm', '--net-host', '--runc-binary', crunAlone],
              ...[...variables.flatMap((text) => ['--env', text]), ...args, `${image}:latest`, name],
            ],
            [...containerd, 'task', 'kill', '-s', 'SIGKILL', name],
          ]
    try {
      return await daemon.run(program, [...flags, ...command], { signal: AbortSignal.timeout(timeout) })
    } finally {
      await daemon.run(program, remove)
    }
  }
  return {
    contexts: '/contexts',
    execute,
    run: (rest) => execute(['tsbuild', ...rest]),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

/** The containerd that dockerd starts. */
const containerd = ['--address', '/var/run/docker/containerd/containerd.sock', '--namespace', 'matrix']

const crunAlone = '/usr/local/bin/crun-alone'

/**
 * crun takes no machine that has both versions of cgroups: it gets a mount namespace with the
 * second alone.
 */
const writeCrunAlone = `mkdir -p /usr/local/bin && cat > ${crunAlone} && chmod +x ${crunAlone}`
const crunScript = `#!/bin/sh
exec unshare --mount -- sh -c '
  umount -R /sys/fs/cgroup
  mount -t cgroup2 none /sys/fs/cgroup
  exec crun --cgroup-manager=disabled "$@"' crun "$@"
`

/** Lets containers of the rows start from the image. */
export async function pullImage(daemon: DebianDaemon, image: string): Promise<void> {
  await daemon.run('sh', ['-c', writeCrunAlone], { input: crunScript })
  const pulls: readonly (readonly [string, readonly string[]])[] = [
    ['docker', ['pull', '--quiet', image]],
    ['ctr', [...containerd, 'images', 'pull', '--plain-http', `${image}:latest`]],
  ]
  for (const [program, args] of pulls) {
    const { code, stderr } = await daemon.run(program, args)
    if (code !== 0) throw new Error(`${program} cannot pull the image: ${stderr}`)
  }
}
