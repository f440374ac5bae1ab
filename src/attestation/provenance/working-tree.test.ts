import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test as plainTest, vi } from 'vitest'
import { placeInTree, readWorkingTree } from './working-tree.ts'

const test = plainTest.extend<{ readonly directory: string }>({
  directory: async ({ task: _task }, use) => {
    const directory = await realpath(await mkdtemp(join(tmpdir(), 'tsbuild-tree-')))
    await use(directory)
    await rm(directory, { recursive: true, force: true })
  },
})

const identity = ['-c', 'user.name=n', '-c', 'user.email=e@example.test', '-c', 'init.defaultBranch=main']
const git = (cwd: string, ...args: readonly string[]): string =>
  execFileSync('git', [...identity, ...args], { cwd, encoding: 'utf8' }).trim()
const clean = { checkDirty: false, env: process.env }

async function commitOne(directory: string): Promise<string> {
  git(directory, 'init', '--quiet')
  await writeFile(join(directory, 'f'), '1')
  git(directory, 'add', '.')
  git(directory, 'commit', '--quiet', '-m', 'one')
  return git(directory, 'rev-parse', 'HEAD')
}

test('a directory in no repository is no working tree; one without a commit has no revision', async ({ directory }) => {
  expect(await readWorkingTree(directory, clean)).toBeUndefined()
  git(directory, 'init', '--quiet')
  expect(await readWorkingTree(directory, clean)).toEqual({ root: directory })
})

test('the commit, from below the root too; dirty only where that is asked', async ({ directory }) => {
  const commit = await commitOne(directory)
  const below = join(directory, 'a/b')
  await mkdir(below, { recursive: true })
  expect(await readWorkingTree(below, { ...clean, checkDirty: true })).toEqual({ root: directory, revision: commit })
  await writeFile(join(directory, 'f'), '2')
  expect(await readWorkingTree(below, clean)).toMatchObject({ revision: commit })
  expect(await readWorkingTree(below, { ...clean, checkDirty: true })).toMatchObject({ revision: `${commit}-dirty` })
})

test('the remote is the followed one, else origin, without credentials', async ({ directory }) => {
  await commitOne(directory)
  git(directory, 'remote', 'add', 'upstream', 'git@host.example:team/up.git')
  expect(await readWorkingTree(directory, clean)).toMatchObject({ source: 'git@host.example:team/up.git' })
  git(directory, 'remote', 'add', 'origin', 'https://me:token@host.example/team/x.git')
  expect(await readWorkingTree(directory, clean)).toMatchObject({ source: 'https://host.example/team/x.git' })
  git(directory, 'remote', 'add', 'mine', 'https://host.example/mine.git')
  const branch = git(directory, 'symbolic-ref', '--short', 'HEAD')
  git(directory, 'config', `branch.${branch}.remote`, 'mine')
  git(directory, 'config', `branch.${branch}.merge`, `refs/heads/${branch}`)
  expect(await readWorkingTree(directory, clean)).toMatchObject({ source: 'https://host.example/mine.git' })
})

test('nothing that a repository configures is run', async ({ directory }) => {
  await commitOne(directory)
  git(directory, 'config', 'core.fsmonitor', 'touch fsmonitor-ran; false')
  git(directory, 'config', 'core.pager', 'touch pager-ran')
  await readWorkingTree(directory, clean)
  expect(execFileSync('ls', [directory], { encoding: 'utf8' })).toBe('f\n')
})

test('a build that a hook started looks at its own context', async ({ directory }) => {
  const commit = await commitOne(directory)
  vi.stubEnv('GIT_DIR', '/nowhere')
  try {
    expect(await readWorkingTree(directory, clean)).toMatchObject({ revision: commit })
  } finally {
    vi.unstubAllEnvs()
  }
})

test('a repository that git refuses is an error', async ({ directory }) => {
  await commitOne(directory)
  await writeFile(join(directory, '.git/HEAD'), 'nonsense')
  await expect(readWorkingTree(directory, clean)).rejects.toThrow('not a git repository')
})

test('places outside the tree have none in it', async ({ directory }) => {
  const root = join(directory, 'root')
  await mkdir(join(root, 'a'), { recursive: true })
  expect(await placeInTree({ root }, root)).toBe('.')
  expect(await placeInTree({ root }, join(root, 'a'))).toBe('a')
  expect(await placeInTree({ root }, directory)).toBeUndefined()
})
