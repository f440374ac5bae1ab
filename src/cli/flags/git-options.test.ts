import { execFileSync } from 'node:child_process'
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { gitLabels, gitOptions } from './git-options.ts'

let directory = ''
let commit = ''
beforeAll(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'tsbuild-git-')))
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-c', 'user.name=n', '-c', 'user.email=e@example.test', ...args], {
      cwd: directory,
      encoding: 'utf8',
    }).trim()
  git('init', '--quiet')
  await writeFile(join(directory, 'Dockerfile'), 'FROM scratch\n')
  git('add', '.')
  git('commit', '--quiet', '-m', 'one')
  git('remote', 'add', 'origin', 'https://host.example/x.git')
  commit = git('rev-parse', 'HEAD')
  await writeFile(join(directory, 'Dockerfile'), 'FROM busybox\n')
})
afterAll(() => rm(directory, { recursive: true }))

test.for([
  [{}, { info: true, checkDirty: false }],
  [
    { BUILDX_GIT_INFO: '0', BUILDX_GIT_CHECK_DIRTY: 'true' },
    { info: false, checkDirty: true },
  ],
  [{ BUILDX_GIT_INFO: 'perhaps' }, { info: true, checkDirty: false }],
] as const)('%j', ([env, options]) => {
  expect(gitOptions(env)).toEqual(options)
})

test.for(['1', 'true', 'full'])('BUILDX_GIT_LABELS=%s labels the image', async (value) => {
  expect(await gitLabels({ context: directory }, { BUILDX_GIT_LABELS: value })).toEqual({
    'org.opencontainers.image.revision': commit,
    'org.opencontainers.image.source': 'https://host.example/x.git',
    'com.docker.image.source.entrypoint': 'Dockerfile',
  })
})

test('the commit is marked where files differ and that is asked', async () => {
  const labels = await gitLabels({ context: directory }, { BUILDX_GIT_LABELS: '1', BUILDX_GIT_CHECK_DIRTY: '1' })
  expect(labels['org.opencontainers.image.revision']).toBe(`${commit}-dirty`)
})

test('no labels by default, outside of git, and for fetched contexts', async () => {
  expect(await gitLabels({ context: directory }, {})).toEqual({})
  expect(await gitLabels({ context: tmpdir() }, { BUILDX_GIT_LABELS: '1' })).toEqual({})
  expect(await gitLabels({ context: 'https://host.example/x.git' }, { BUILDX_GIT_LABELS: '1' })).toEqual({})
})
