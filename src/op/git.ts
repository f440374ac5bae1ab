import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { join, normalize, sep } from 'node:path'
import { type Change, type Entry, type Path, scan } from '@tsbuild/tree'
import type { GitOp } from '../graph/op.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import type { OpExecutor } from '../solve/executor.ts'
import { keyOf } from '../solve/key.ts'
import { once } from '../solve/once.ts'
import { SourceError } from './source-error.ts'

export interface GitOptions {
  /** Build secrets that authenticate: `GIT_AUTH_TOKEN[.host]`, `GIT_AUTH_HEADER[.host]`. */
  secret(id: string): Promise<Uint8Array | undefined>
  /** Socket of an ssh agent, for ssh addresses. */
  sshSocket(id: string): Promise<string | undefined>
}

/** A commit of a git repository, checked out by the `git` of this machine once for each commit. The ref is asked for on every build. */
export function gitExecutor(store: LayerStore, options: GitOptions): OpExecutor<GitOp> {
  const commits = new Map<string, Promise<string>>()
  const commitOf = async (op: GitOp, signal: AbortSignal): Promise<string> =>
    checked(op, await once(commits, JSON.stringify([op.url, op.ref]), () => resolveCommit(op, { ...options, signal })))
  return {
    uncached: true,
    key: async (op, { signal }) => {
      const { subdir, keepGitDir, submodules } = op
      return keyOf('git', { commit: await commitOf(op, signal), subdir, keepGitDir: keepGitDir === true, submodules: submodules !== false })
    },
    run: async (op, _inputs, { signal }) => {
      const commit = await commitOf(op, signal)
      const directory = await checkOut(op, commit, { store, signal, ...options })
      const tree = await scan(directory, { signal, zeroOwners: true, digests: true })
      const changes = [...tree].map(([path, entry]): [Path, Change] => [path, { type: 'set', entry: withPlainMode(entry) }])
      return [store.fromDiff(new Map(changes), { type: 'none' })]
    },
  }
}

type Request = GitOptions & { readonly signal: AbortSignal }

async function resolveCommit({ url, ref = 'HEAD' }: GitOp, request: Request): Promise<string> {
  return /^[0-9a-f]{40}$/.test(ref) ? ref : remoteCommit(url, ref, request)
}

function checked({ checksum }: GitOp, commit: string): string {
  if (checksum !== undefined && !commit.startsWith(checksum)) {
    throw new SourceError('SOURCE_DIGEST_MISMATCH', `expected checksum to match ${checksum}, got ${commit}`)
  }
  return commit
}

async function remoteCommit(url: string, ref: string, request: Request): Promise<string> {
  const listed = await git(['ls-remote', '--', url, ref, `refs/heads/${ref}`, `refs/tags/${ref}`, `refs/tags/${ref}^{}`], request, url)
  const commits = new Map(listed.split('\n').map(splitRef))
  const found = [`${ref}^{}`, `refs/tags/${ref}^{}`, ref, `refs/heads/${ref}`, `refs/tags/${ref}`]
    .map((name) => commits.get(name))
    .find(Boolean)
  if (found === undefined) throw new SourceError('GIT_REF_NOT_FOUND', `repository does not contain ref ${ref}`)
  return found
}

function splitRef(line: string): readonly [string, string] {
  const [commit = '', name = ''] = line.split('\t')
  return [name, commit]
}

/** Git knows only whether a file can be executed; the rest of a mode is the umask of whoever checked it out. */
function withPlainMode(entry: Entry): Entry {
  if (entry.type === 'directory') return { ...entry, mode: 0o755 }
  return entry.type === 'file' ? { ...entry, mode: (entry.mode & 0o100) === 0 ? 0o644 : 0o755 } : entry
}

/** A checkout is made aside and renamed, so that one that is there is complete. */
async function checkOut(op: GitOp, commit: string, request: Request & { readonly store: LayerStore }): Promise<string> {
  const { url, subdir, keepGitDir = false, submodules = true } = op
  const { sources } = request.store.paths
  const name = createHash('sha256')
    .update(JSON.stringify([commit, keepGitDir, submodules, keepGitDir ? url : '']))
    .digest('hex')
    .slice(0, 32)
  const directory = join(sources, `git-${name}`)
  if (!existsSync(directory)) {
    const draft = join(sources, `draft-${process.pid}-${randomBytes(4).toString('hex')}`)
    try {
      await fetchCommit(op, commit, { draft, ...request })
      if (submodules) await git(['-C', draft, 'submodule', 'update', '--init', '--recursive', '--depth=1'], request, url)
      if (!keepGitDir) await rm(join(draft, '.git'), { recursive: true, force: true })
      await rename(draft, directory).catch((error: unknown) => {
        if (!existsSync(directory)) throw error
      })
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
  }
  return subdir === undefined ? directory : directoryInside(directory, subdir)
}

/** A directory of a checkout; links to it may not lead out. */
async function directoryInside(checkout: string, subdir: string): Promise<string> {
  const directory = await realpath(join(checkout, normalize(`/${subdir}`))).catch(() => undefined)
  const isInside = directory !== undefined && `${directory}${sep}`.startsWith(`${await realpath(checkout)}${sep}`)
  if (isInside && (await stat(directory)).isDirectory()) return directory
  throw new SourceError('GIT_FAILED', `subdir "${subdir}" is not a directory of the repository`)
}

async function fetchCommit({ url, ref = 'HEAD' }: GitOp, commit: string, request: Request & { readonly draft: string }): Promise<void> {
  const { draft } = request
  await mkdir(draft, { recursive: true })
  await git(['-C', draft, 'init', '--quiet'], request, url)
  const shallow = ['-C', draft, 'fetch', '--quiet', '--depth=1', '--', url]
  try {
    await git([...shallow, commit], request, url)
  } catch {
    await git([...shallow, ref], request, url)
  }
  await git(['-C', draft, '-c', 'core.autocrlf=false', 'checkout', '--quiet', '--detach', commit], request, url)
}

/** Runs git without prompts and without the caller's configuration of hooks; resolves with its output. */
async function git(args: readonly string[], { secret, sshSocket, signal }: Request, url: string): Promise<string> {
  const env = { ...process.env, GIT_TERMINAL_PROMPT: '0', ...(await authentication(url, secret)) }
  const socket = await sshSocket('default')
  const child = spawn('git', ['-c', 'protocol.ext.allow=never', '-c', 'core.hooksPath=/dev/null', ...args], {
    env: socket === undefined ? env : { ...env, SSH_AUTH_SOCK: socket },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  })
  let output = ''
  let errors = ''
  child.stdout.on('data', (data: Buffer) => (output += data.toString()))
  child.stderr.on('data', (data: Buffer) => (errors = (errors + data.toString()).slice(-4000)))
  return new Promise((resolve, reject) => {
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'ENOENT' ? new SourceError('GIT_MISSING', 'Cannot run git: it is not installed', { hint: 'install git' }) : error,
      ),
    )
    child.on('close', (code) =>
      code === 0
        ? resolve(output)
        : reject(new SourceError('GIT_FAILED', `git ${args[0] === '-C' ? args[2] : args[0]} failed: ${errors.trim()}`)),
    )
  })
}

/** Credentials as configuration in the environment, so that they are in no argument list. */
async function authentication(url: string, secret: GitOptions['secret']): Promise<Readonly<Record<string, string>>> {
  if (!url.startsWith('http')) return {}
  const { host, origin } = new URL(url)
  const header = (await secret(`GIT_AUTH_HEADER.${host}`)) ?? (await secret('GIT_AUTH_HEADER'))
  const token = (await secret(`GIT_AUTH_TOKEN.${host}`)) ?? (await secret('GIT_AUTH_TOKEN'))
  const value = header
    ? Buffer.from(header).toString().trim()
    : token && `basic ${Buffer.from(`x-access-token:${Buffer.from(token).toString().trim()}`).toString('base64')}`
  if (!value) return {}
  return { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: `http.${origin}/.extraheader`, GIT_CONFIG_VALUE_0: `Authorization: ${value}` }
}
