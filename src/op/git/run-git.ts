import { type ChildProcess, spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { homeDirectory } from '@tsbuild/content'
import { gitError } from './git-error.ts'
import { SourceError } from '../transfer/source-error.ts'

export interface GitRun {
  /** Working directory of git. Repositories above it are not used. */
  readonly directory: string
  /**
   * Configuration that may hold secrets: it travels in the environment, which no other user can
   * read.
   */
  readonly config?: readonly (readonly [key: string, value: string])[]
  /** Environment, of which git sees proxies, certificates and the way to programs. */
  readonly env: NodeJS.ProcessEnv
  /** Socket of the ssh agent. */
  readonly agent?: string
  /** Known hosts file for keys of ssh servers that the caller does not know. */
  readonly knownHosts: string
  /** Milliseconds, after which git and its child processes are killed. */
  readonly timeout: number
  readonly signal: AbortSignal
}

const longestOutput = 1 << 20
const longestMessage = 4000

/**
 * Runs its arguments, and kills all of its process group as soon as its standard input ends, which
 * is when this program does.
 */
const supervisor = `exec 3<&0
git "$@" </dev/null &
git=$!
{ read -r _ <&3; kill -KILL 0; } >/dev/null 2>&1 &
wait $git
code=$?
kill $!
exit $code`
const notFound = 127

/**
 * Runs git on untrusted repositories and resolves with its output. Only the arguments count: git
 * uses no configuration of the machine or the user, no prompt, hook, filter or template. It fetches
 * repositories and submodules by http(s), git and ssh only. Rejects with `SourceError`, which has
 * the message of git.
 */
export async function runGit(args: readonly string[], run: GitRun): Promise<string> {
  run.signal.throwIfAborted()
  const settings = isolation.flatMap(([key, value]) => ['-c', `${key}=${value}`])
  const child = spawn('/bin/sh', ['-c', supervisor, 'sh', ...settings, ...args], {
    cwd: run.directory,
    env: environment(run),
    stdio: 'pipe',
    // In a new process group, so that the child processes of git can be killed with it.
    detached: true,
  })
  const end = (): void => killGroup(child)
  let problem: string | undefined
  const give = (up: string): void => {
    problem ??= up
    end()
  }
  const timer = setTimeout(() => give(`no end after ${run.timeout / 1000} s`), run.timeout)
  run.signal.addEventListener('abort', end, { once: true })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    if (output.length > longestOutput) give(`more than ${longestOutput} bytes of output`)
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-longestMessage)))
  try {
    const code = await new Promise<number | null>((resolve, reject) =>
      child.once('error', reject).once('close', resolve),
    )
    run.signal.throwIfAborted()
    if (code === 0 && problem === undefined) return output
    if (code === notFound)
      throw new SourceError('GIT_MISSING', 'cannot run git: it is not installed', { hint: 'install git' })
    throw gitError(args[0] ?? '', problem ?? errors.trim())
  } finally {
    clearTimeout(timer)
    child.stdin.destroy()
    run.signal.removeEventListener('abort', end)
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended meanwhile.
  }
}

/**
 * Environment variables that git may see: for finding programs and servers, and for trusting
 * certificates.
 */
const passed = [
  'PATH',
  'TMPDIR',
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
  ...['GIT_SSL_CAINFO', 'GIT_SSL_CAPATH', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
] as const

function environment({ env, agent, config = [], directory, knownHosts }: GitRun): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(passed.map((name) => [name, env[name]])),
    LC_ALL: 'C',
    HOME: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_CEILING_DIRECTORIES: dirname(directory),
    GIT_ALLOW_PROTOCOL: 'http:https:git:ssh',
    GIT_SSH_COMMAND: sshCommand(knownHosts),
    ...(agent !== undefined && { SSH_AUTH_SOCK: agent }),
    GIT_CONFIG_COUNT: String(config.length),
    ...Object.fromEntries(
      config.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  }
}

/** As arguments, because git before 2.31 does not look for configuration in the environment. */
const isolation: readonly (readonly [string, string])[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.autocrlf', 'false'],
  ['init.templateDir', ''],
  ['init.defaultBranch', 'main'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  // Only submodules on purpose, never as a side effect of fetch or checkout.
  ['submodule.recurse', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  // git runs only in directories of the store, whose owner may differ on a network file system.
  ['safe.directory', '*'],
  // Servers may count objects for minutes, but send keep-alives.
  ['http.lowSpeedLimit', '1'],
  ['http.lowSpeedTime', '600'],
]

/**
 * Keys come from the agent alone. The key of a new server is trusted and stored. A server with a
 * changed key is refused.
 */
function sshCommand(knownHosts: string): string {
  const files = [knownHosts, join(homeDirectory(process.env), '.ssh/known_hosts'), '/etc/ssh/ssh_known_hosts']
    .map((file) => `"${file}"`)
    .join(' ')
  const options = [
    'BatchMode=yes',
    'IdentityFile=/dev/null',
    'StrictHostKeyChecking=accept-new',
    `UserKnownHostsFile=${files}`,
    'ConnectTimeout=30',
    'ServerAliveInterval=15',
  ]
  return ['ssh', '-F', '/dev/null', ...options.flatMap((option) => ['-o', quoted(option)])].join(' ')
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}
