import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { GitOp } from '../../graph/op.ts'
import type { LayerStore } from '../../layer/layer-store.ts'
import { test as storeTest } from '../../layer/testing/store.ts'
import { gitExecutor } from './git.ts'
import { gitSource } from './git-source.ts'
import { stepContext as context } from '../testing/step-context.ts'

const options = { env: process.env, secret: async () => undefined, sshSocket: async () => undefined }

interface Origin {
  readonly url: string
  /** Runs git there and gives its output. */
  readonly git: (...args: string[]) => string
  /** Commits a file and tells the commit. */
  readonly commit: (path: string, text: string) => Promise<string>
}

const test = storeTest.extend<{ origin: Origin }>({
  origin: async ({ directory }, use) => {
    const path = join(directory, 'origin')
    await mkdir(path)
    const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'commit.gpgsign=false']
    const git = (...args: string[]): string => {
      const { status, stdout, stderr } = spawnSync('git', ['-C', path, ...identity, ...args], { encoding: 'utf8' })
      if (status !== 0) throw new Error(stderr)
      return stdout.trim()
    }
    git('init', '--quiet', '--initial-branch=main')
    git('config', 'uploadpack.allowAnySHA1InWant', 'true')
    const commit = async (name: string, text: string): Promise<string> => {
      await mkdir(join(path, name, '..'), { recursive: true })
      await writeFile(join(path, name), text)
      git('add', '.')
      git('commit', '--quiet', '-m', 'commit')
      return git('rev-parse', 'HEAD')
    }
    await using server = await serve(directory)
    await use({ url: `${server.url}/origin`, git, commit })
  },
})

/** The git protocol for the repositories in a directory. */
async function serve(directory: string): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer((socket) => {
    const { stdin, stdout } = spawn(
      'git',
      ['daemon', '--inetd', '--export-all', `--base-path=${directory}`, directory],
      {
        stdio: ['pipe', 'pipe', 'ignore'],
      },
    )
    socket.on('error', () => undefined).pipe(stdin.on('error', () => undefined))
    stdout.pipe(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `git://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => void (await new Promise((resolve) => server.close(resolve))),
  }
}

async function pathsOf(store: LayerStore, op: GitOp): Promise<readonly string[]> {
  const [layer] = await gitExecutor(store, gitSource(store, options)).run(op, [], context)
  return [...((await layer?.diff()) ?? [])].map(([path]) => path).filter((path) => path !== '')
}
const keyOf = (store: LayerStore, op: GitOp) => gitExecutor(store, gitSource(store, options)).key(op, context)

const missing = spawnSync('git', ['--version']).error !== undefined
const suite = missing ? test.skip : test
const title = (text: string): string => (missing ? `${text} (left out: git not installed)` : text)

suite(
  title('a branch, a tag and a commit are what they name, without the repository unless it is wanted'),
  async ({ store, origin }) => {
    const first = await origin.commit('a', '1')
    origin.git('tag', '-a', 'v1', '-m', 'v1')
    await origin.commit('d/b', '2')
    const op = { kind: 'git', url: origin.url } as const
    expect(await pathsOf(store, op)).toEqual(['a', 'd', 'd/b'])
    expect(await pathsOf(store, { ...op, ref: 'v1' })).toEqual(['a'])
    expect(await pathsOf(store, { ...op, ref: first })).toEqual(['a'])
    expect(await pathsOf(store, { ...op, subdir: 'd' })).toEqual(['b'])
    expect(await pathsOf(store, { ...op, ref: 'v1', keepGitDir: true })).toContain('.git/HEAD')
    expect(await readdir(store.paths.temporary)).toEqual([])
  },
)

suite(title('the key is the commit, asked for in every build'), async ({ store, origin }) => {
  const first = await origin.commit('a', '1')
  const op = { kind: 'git', url: origin.url, ref: 'main' } as const
  const key = await keyOf(store, op)
  expect(await keyOf(store, { ...op, ref: first })).toBe(key)
  expect(await keyOf(store, { ...op, checksum: first.slice(0, 8) })).toBe(key)
  await origin.commit('a', '2')
  expect(await keyOf(store, op)).not.toBe(key)
})

suite(title('what is not there, not the commit that was meant, or outside is refused'), async ({ store, origin }) => {
  await origin.commit('a', '1')
  const op = { kind: 'git', url: origin.url } as const
  await expect(keyOf(store, { ...op, ref: 'none' })).rejects.toMatchObject({ code: 'GIT_REF_NOT_FOUND' })
  await expect(keyOf(store, { ...op, checksum: '0123456' })).rejects.toMatchObject({ code: 'SOURCE_DIGEST_MISMATCH' })
  await expect(keyOf(store, { ...op, url: `${origin.url}-none` })).rejects.toMatchObject({ code: 'GIT_FAILED' })
  for (const subdir of ['none', 'a'])
    await expect(pathsOf(store, { ...op, subdir })).rejects.toMatchObject({ code: 'GIT_FAILED' })
})

suite(title('a subdirectory that is a link out of the repository is refused'), async ({ store, origin, directory }) => {
  spawnSync('ln', ['-s', '/etc', join(directory, 'origin/out')])
  await origin.commit('d/a', '1')
  for (const subdir of ['out', 'd/../out']) {
    await expect(pathsOf(store, { kind: 'git', url: origin.url, subdir })).rejects.toMatchObject({ code: 'GIT_FAILED' })
  }
  expect(await pathsOf(store, { kind: 'git', url: origin.url, subdir: '../../d' })).toEqual(['a'])
})

suite(title('a ref or an address that looks like an option is none'), async ({ store, origin, directory }) => {
  await origin.commit('a', '1')
  const marker = join(directory, 'marker')
  const ref = `--upload-pack=touch ${marker};git-upload-pack`
  await expect(keyOf(store, { kind: 'git', url: origin.url, ref })).rejects.toMatchObject({ code: 'GIT_REF_NOT_FOUND' })
  await expect(
    keyOf(store, { kind: 'git', url: `file://${join(directory, 'origin')}`, ref: 'main' }),
  ).rejects.toMatchObject({
    message: expect.stringContaining("transport 'file' not allowed"),
  })
  await expect(keyOf(store, { kind: 'git', url: `ext::touch ${marker}`, ref: 'main' })).rejects.toMatchObject({
    code: 'GIT_FAILED',
  })
  expect(await readdir(directory)).not.toContain('marker')
})
