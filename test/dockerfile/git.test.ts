import { describe, expect } from 'vitest'
import { titled, withoutPrograms } from '../support/obstacle.ts'
import { makeRepository, serveRepositories } from '../support/serve-repositories.ts'
import { test } from '../support/edge.ts'

const obstacle = withoutPrograms('git')

describe.skipIf(obstacle !== undefined)(titled('git', obstacle), () => {
  test('76: a subdirectory of a repository cannot be a link out of it', async ({ edge, directory }) => {
    await makeRepository(directory, 'links', {
      'd/f': 'f',
      inside: { link: 'd' },
      outside: { link: '/etc' },
      up: { link: '..' },
    })
    await using server = await serveRepositories(directory)
    const add = (subdir: string): string => `FROM scratch\nADD ${server.url}/links#:${subdir} /o\n`
    expect((await edge(add('inside'))).lines(0)).toEqual(['d 755 0:0 o/', 'f 644 0:0 o/f'])
    for (const subdir of ['outside', 'up', 'd/f', 'missing']) {
      await expect(edge(add(subdir)), subdir).rejects.toThrow(`subdir "${subdir}" is not a directory of the repository`)
    }
  })

  test('section 4.6: ADD puts the files of a repository into the destination, with any umask', async ({
    edge,
    directory,
  }) => {
    await makeRepository(directory, 'modes', { 'd/program': { text: '#', mode: 0o755 }, plain: 'p' })
    await using server = await serveRepositories(directory)
    const before = process.umask(0o077)
    try {
      const image = await edge(`FROM scratch\nADD ${server.url}/modes /o\n`)
      expect(image.lines(0)).toEqual(['d 755 0:0 o/', 'd 755 0:0 o/d/', 'f 755 0:0 o/d/program', 'f 644 0:0 o/plain'])
    } finally {
      process.umask(before)
    }
  })

  test('91: the checksum of a repository is a commit, and each ADD has its own', async ({ edge, directory }) => {
    const commit = await makeRepository(directory, 'commits', { f: 'f' })
    await using server = await serveRepositories(directory)
    const add = (checksum: string): string => `ADD --checksum=${checksum} ${server.url}/commits /o\n`
    expect((await edge(`FROM scratch\n${add(commit)}${add(commit.slice(0, 8))}`)).text('/o/f')).toBe('f')
    await expect(edge(`FROM scratch\n${add(commit)}${add('0'.repeat(40))}`)).rejects.toThrow(
      `expected checksum to match ${'0'.repeat(40)}, got ${commit}`,
    )
  })

  test('100: a context from git is not filtered', async ({ edge, directory }) => {
    await makeRepository(directory, 'context', {
      Dockerfile: 'FROM scratch\nCOPY . /\n',
      '.dockerignore': 'a\n',
      a: 'a',
    })
    await using server = await serveRepositories(directory)
    const image = await edge('', { context: `${server.url}/context`, dockerfile: 'Dockerfile' })
    expect(image.layers[0]?.map(({ path }) => path)).toEqual(['.dockerignore', 'Dockerfile', 'a'])
  })
})
