import { spawn } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Gives the agent sockets that RUN may use, by id. */
export interface SshAgents extends AsyncDisposable {
  socket(id: string): Promise<string | undefined>
}

/**
 * Agents as `--ssh` names them: the socket of a running agent, or private keys, for which an
 * `ssh-agent` of this build's own is started when a step asks for it and ended with the build.
 * `default` without a path is `$SSH_AUTH_SOCK`.
 */
export function sshAgents(agents: Readonly<Record<string, readonly string[]>>, env: NodeJS.ProcessEnv): SshAgents {
  const started = new Map<string, Promise<string | undefined>>()
  const endings: (() => Promise<void>)[] = []
  const find = async (id: string): Promise<string | undefined> => {
    if (!Object.hasOwn(agents, id)) return undefined
    const paths = agents[id] ?? []
    const [first = env['SSH_AUTH_SOCK']] = paths
    if (first === undefined || (await stat(first)).isSocket()) return first
    return startAgent(paths, { env, endings })
  }
  return {
    socket: (id) => {
      const known = started.get(id) ?? find(id)
      started.set(id, known)
      return known
    },
    [Symbol.asyncDispose]: async () => {
      for (const end of endings) await end()
    },
  }
}

async function startAgent(
  keys: readonly string[],
  { env, endings }: { readonly env: NodeJS.ProcessEnv; readonly endings: (() => Promise<void>)[] },
): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tsbuild-ssh-'))
  const socket = join(directory, 'agent')
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { env, stdio: 'ignore' })
  const failed = new Promise<never>((_, reject) => agent.once('error', reject))
  endings.push(async () => {
    agent.kill()
    await rm(directory, { recursive: true, force: true })
  })
  await Promise.race([failed, waitForSocket(socket)])
  await addKeys({ ...env, SSH_AUTH_SOCK: socket }, keys)
  return socket
}

async function waitForSocket(path: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if ((await stat(path).catch(() => undefined))?.isSocket()) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('ssh-agent did not start')
}

async function addKeys(env: NodeJS.ProcessEnv, keys: readonly string[]): Promise<void> {
  const child = spawn('ssh-add', [...keys], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', (data: Buffer) => (errors = (errors + data.toString()).slice(-1000)))
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`cannot load ssh keys: ${errors.trim()}`)),
    )
  })
}
