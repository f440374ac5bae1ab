import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, realpath, rename, rm, stat, utimes } from 'node:fs/promises'
import { join, normalize, sep } from 'node:path'
import { temporaryPath } from '@tsbuild/content'
import type { GitOp } from '../../graph/op.ts'
import { bootId } from '../../layer/disk/boot-id.ts'
import type { LayerStore } from '../../layer/layer-store.ts'
import { noteDirectoryUse } from '../../layer/disk/note-use.ts'
import type { GitCommit } from './git-refs.ts'
import { type GitRun, runGit } from './run-git.ts'
import { SourceError } from '../transfer/source-error.ts'

/** The files of a commit. */
export interface GitCheckout {
  readonly directory: string
  /** Seconds: when it was committed. */
  readonly time: number
  /** The directory has a `.git`, which belongs to the files. */
  readonly hasGitDir: boolean
}

interface Request extends GitRun {
  readonly store: LayerStore
  readonly url: string
}

/**
 * Checks a commit out, once for all builds. A checkout is made under another name and renamed, so
 * that an existing one is complete. Its directory has the date of the commit.
 */
export async function checkOut(op: GitOp, commit: GitCommit, { store, ...request }: Request): Promise<GitCheckout> {
  const { sources, temporary } = store.paths
  const directory = join(sources, `git-${chooseName(op, commit, request.url)}`)
  if (!noteDirectoryUse(directory)) {
    const draft = temporaryPath(temporary, 'git')
    try {
      await mkdir(draft, { recursive: true })
      await makeDraft(op, commit, { ...request, store, directory: draft })
      await rename(draft, directory).catch((error: unknown) => {
        if (!existsSync(directory)) throw error
      })
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
  }
  const time = Math.floor((await stat(directory)).mtimeMs / 1000)
  const { subdir } = op
  return subdir === undefined || subdir === ''
    ? { directory, time, hasGitDir: op.keepGitDir === true }
    : { directory: await directoryInside(directory, subdir), time, hasGitDir: false }
}

/**
 * Identity of a checkout. A kept repository records its address and the name of its commit. Git
 * does not sync files, so a checkout counts until the machine starts again.
 */
function chooseName(
  { keepGitDir = false, submodules = true }: GitOp,
  { commit, name, tag }: GitCommit,
  url: string,
): string {
  const text = JSON.stringify([3, commit, submodules, keepGitDir ? [url, name, tag] : [], bootId()])
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}

async function makeDraft(op: GitOp, commit: GitCommit, request: Request): Promise<void> {
  const { directory, url } = request
  const git = (...args: readonly string[]): Promise<string> => runGit(args, request)
  await git('init', '--quiet', ...(commit.commit.length === 64 ? ['--object-format=sha256'] : []))
  // Relative addresses of submodules start at the origin.
  await git('remote', 'add', '--', 'origin', url)
  await fetchCommit(op, commit, git)
  await git('checkout', '--quiet', '--detach', commit.commit)
  if (op.submodules !== false) await updateSubmodules(git)
  const time = Number((await git('log', '-1', '--format=%ct', commit.commit)).trim())
  if (op.keepGitDir === true) await settleRepositories(join(directory, '.git'), git)
  else await rm(join(directory, '.git'), { recursive: true, force: true })
  await utimes(directory, time, time)
}

type Git = (...args: readonly string[]) => Promise<string>

/**
 * Brings a commit here with as little history as the server allows: by its name, by its id, or with
 * everything there is.
 */
async function fetchCommit(
  { keepGitDir, fetchByCommit }: GitOp,
  { commit, name, tag }: GitCommit,
  git: Git,
): Promise<void> {
  const shallow = ['fetch', '--quiet', '--no-tags', '--depth=1', '--update-head-ok', 'origin'] as const
  const ways: (readonly string[])[] = [
    ...(name === undefined || fetchByCommit === true ? [] : [[...shallow, `+${name}:${name}`]]),
    [...shallow, commit],
    ['fetch', '--quiet', '--tags', 'origin', '+refs/heads/*:refs/remotes/origin/*'],
  ]
  const isHere = (id: string): Promise<boolean> => git('cat-file', '-e', id).then(...settled)
  for (const way of ways) {
    // A name may have moved since it was resolved, and not every server sends unreferenced commits,
    // or single ones.
    await git(...way).catch((error: unknown) => {
      if (!refusal.test(String(error))) throw error
    })
    if (!(await isHere(`${commit}^{commit}`))) continue
    if (keepGitDir === true && name !== undefined)
      await git('update-ref', name, tag !== undefined && (await isHere(tag)) ? tag : commit)
    return
  }
  throw new SourceError('GIT_REF_NOT_FOUND', `repository does not contain commit ${commit}`)
}

const refusal = /not our ref|unadvertised object|remote ref|shallow|--depth/
const settled = [() => true, () => false] as const

async function updateSubmodules(git: Git): Promise<void> {
  const update = ['submodule', '--quiet', 'update', '--init', '--recursive', '--checkout'] as const
  try {
    await git(...update, '--depth=1')
  } catch {
    await git(...update)
  }
}

/**
 * Removes the differences between two checkouts of one commit from a repository and its submodules:
 * logs, and facts about this disk in an index.
 */
async function settleRepositories(gitDir: string, git: Git): Promise<void> {
  await git('read-tree', 'HEAD')
  await git('submodule', '--quiet', 'foreach', '--recursive', 'git read-tree HEAD')
  await removeLogs(gitDir)
}

/** Of a repository and those in its `modules`, which may have names of several parts. */
async function removeLogs(directory: string): Promise<void> {
  const isRepository = existsSync(join(directory, 'HEAD'))
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (isRepository && ['logs', 'FETCH_HEAD', 'ORIG_HEAD'].includes(entry.name)) await rm(path, { recursive: true })
    else if (entry.isDirectory() && (!isRepository || entry.name === 'modules')) await removeLogs(path)
  }
}

/** A directory of a checkout. Links on its path may not lead out. */
async function directoryInside(checkout: string, subdir: string): Promise<string> {
  const directory = await realpath(join(checkout, normalize(`/${subdir}`))).catch(() => undefined)
  const isInside = directory !== undefined && `${directory}${sep}`.startsWith(`${await realpath(checkout)}${sep}`)
  if (isInside && (await stat(directory)).isDirectory()) return directory
  throw new SourceError('GIT_FAILED', `subdir "${subdir}" is not a directory of the repository`)
}
