import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** State of the caller's git working tree. */
export interface WorkingTree {
  readonly root: string
  /**
   * Commit, with `-dirty` where that was looked at and something differs; absent before the first
   * one.
   */
  readonly revision?: string
  /** Address of the remote it follows, else of `origin` or `upstream`, without credentials. */
  readonly source?: string
}

/**
 * The git working tree that a directory is in; undefined for one that is in none, and without git.
 * Nothing that the tree configures is run, unless `checkDirty` makes git compare the files, which
 * runs their filters. Rejects where git refuses the tree.
 */
export async function readWorkingTree(
  directory: string,
  { checkDirty, env }: { readonly checkDirty: boolean; readonly env: NodeJS.ProcessEnv },
): Promise<WorkingTree | undefined> {
  const git = async (...args: readonly string[]): Promise<string> => {
    const safe = ['-C', directory, '-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null']
    const { stdout } = await run('git', [...safe, ...args], { env: environment(env), maxBuffer: 64 << 20 })
    return stdout.trim()
  }
  const optional = (...args: readonly string[]): Promise<string> => git(...args).catch(() => '')
  try {
    const root = await git('rev-parse', '--show-toplevel')
    if (root === '') return undefined
    const commit = await optional('rev-parse', '--verify', '--quiet', 'HEAD')
    const isDirty = checkDirty && commit !== '' && (await git('status', '--porcelain')) !== ''
    const source = await remoteAddress(optional)
    return {
      root,
      ...(commit !== '' && { revision: isDirty ? `${commit}-dirty` : commit }),
      ...(source !== undefined && { source: source.replace(/(:\/\/)[^/?#\s]*@/, '$1') }),
    }
  } catch (error) {
    if (!isRepository(directory)) return undefined
    throw error
  }
}

/** Path of a directory in the tree; undefined for one outside. */
export async function placeInTree({ root }: WorkingTree, directory: string): Promise<string | undefined> {
  const place = relative(await realpath(root), await realpath(directory))
  if (place === '..' || place.startsWith('../')) return undefined
  return place === '' ? '.' : place
}

/** Without what a hook, which may have started this build, tells git of another place. */
function environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith('GIT_'))
  return { ...Object.fromEntries(kept), GIT_OPTIONAL_LOCKS: '0' }
}

async function remoteAddress(git: (...args: readonly string[]) => Promise<string>): Promise<string | undefined> {
  const branch = await git('symbolic-ref', '-q', 'HEAD')
  const followed = branch === '' ? '' : await git('for-each-ref', '--format=%(upstream:remotename)', branch)
  for (const remote of new Set([followed, 'origin', 'upstream'])) {
    const address = remote === '' ? '' : await git('remote', 'get-url', remote)
    if (address !== '') return address
  }
  return undefined
}

function isRepository(directory: string): boolean {
  if (existsSync(join(directory, '.git'))) return true
  return dirname(directory) !== directory && isRepository(dirname(directory))
}
