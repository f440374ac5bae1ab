import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { describe, expect } from 'vitest'
import { pack } from 'tar-stream'
import { titled, withoutPrograms } from '../support/obstacle.ts'
import { serveFiles } from '../support/serve-http.ts'
import { commitTime, makeRepository, serveRepositories } from '../support/serve-repositories.ts'
import { type EdgeImage, test } from '../support/edge.ts'

const withoutGit = withoutPrograms('git')
const newest = 1_400_000_400
const modified = 1_400_000_200

async function tarOf(
  files: Readonly<Record<string, { readonly text: string; readonly time: number }>>,
): Promise<Buffer> {
  const tar = pack()
  tar.entry({ name: 'directory/', type: 'directory', mtime: new Date((newest + 9) * 1000) })
  for (const [name, { text, time }] of Object.entries(files)) tar.entry({ name, mtime: new Date(time * 1000) }, text)
  tar.finalize()
  return buffer(tar)
}

const dockerfile =
  'ARG SOURCE_DATE_EPOCH\nFROM scratch\nARG SOURCE_DATE_EPOCH\nLABEL epoch=${SOURCE_DATE_EPOCH-unset}\nCOPY f /\n'
const contextTar = await tarOf({ Dockerfile: { text: dockerfile, time: newest - 9 }, f: { text: 'f', time: newest } })

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** Time of an image, and the time that its build saw, both in seconds. */
function dates({ config }: EdgeImage): readonly unknown[] {
  return [Date.parse(config.created ?? '') / 1000, Number(Object(config.config['Labels']).epoch)]
}

describe('SOURCE_DATE_EPOCH=context', () => {
  const args = { SOURCE_DATE_EPOCH: 'context' }

  test('the time of a download, else of the newest file of an archive', async ({ edge }) => {
    await using server = await serveFiles({ '/dated.tar': { content: contextTar, modified }, '/c.tar': contextTar })
    const request = (context: string | AsyncIterable<Uint8Array>) =>
      edge('', { context, dockerfile: 'Dockerfile', args })
    expect(dates(await request(`${server.url}/dated.tar`))).toEqual([modified, modified])
    expect(dates(await request(`${server.url}/c.tar`))).toEqual([newest, newest])
    expect(dates(await request(streamOf(contextTar)))).toEqual([newest, newest])
  })

  test.skipIf(withoutGit !== undefined)(titled('the time of a commit', withoutGit), async ({ edge, directory }) => {
    await makeRepository(directory, 'r', { Dockerfile: dockerfile, f: 'f' })
    await using server = await serveRepositories(directory)
    const image = await edge('', { context: `${server.url}/r`, dockerfile: 'Dockerfile', args })
    expect(dates(image)).toEqual([commitTime, commitTime])
    expect(image.time('/f')).toBe(commitTime)
  })

  test('a directory has none, so that nothing is set', async ({ edge }) => {
    for (const request of [{ args }, { args: { SOURCE_DATE_EPOCH: '' } }]) {
      const image = await edge(dockerfile, { files: { f: 'f' }, ...request })
      expect(image.config.config['Labels']).toEqual({ epoch: 'unset' })
      expect(dates(image)[0]).toBeGreaterThan(1_700_000_000)
    }
    const own = dockerfile.replace('\nARG SOURCE_DATE_EPOCH\nL', '\nARG SOURCE_DATE_EPOCH=5\nL')
    expect((await edge(own, { files: { f: 'f' }, args })).config.config['Labels']).toEqual({ epoch: '5' })
    const preset = dockerfile.replace('ARG SOURCE_DATE_EPOCH\nF', 'ARG SOURCE_DATE_EPOCH=context\nF')
    expect((await edge(preset, { files: { f: 'f' } })).config.config['Labels']).toEqual({ epoch: 'unset' })
  })
})

describe('SOURCE_DATE_EPOCH is a name', () => {
  const named = (name: string) => dockerfile.replace('ARG SOURCE_DATE_EPOCH\nF', `ARG SOURCE_DATE_EPOCH=${name}\nF`)

  test('of a context', async ({ edge, directory, base }) => {
    await using server = await serveFiles({ '/dated': { content: 'x', modified }, '/c.tar': contextTar, '/plain': 'x' })
    await mkdir(join(directory, 'n'))
    const build = async (n: string) => dates(await edge(named('n'), { files: { f: 'f' }, contexts: { n } }))
    expect(await build(`${server.url}/dated`)).toEqual([modified, modified])
    expect(await build(`${server.url}/c.tar`)).toEqual([newest, newest])
    for (const timeless of [`${server.url}/plain`, join(directory, 'n'), `oci-layout://${base}:latest`]) {
      expect((await build(timeless))[1], timeless).toBeNaN()
    }
  })

  test('of a stage that fetches one thing and is nothing else', async ({ edge }) => {
    await using server = await serveFiles({ '/dated': { content: 'x', modified } })
    const stage = (...lines: string[]) =>
      named('src').replace('FROM', ['FROM scratch AS Src', ...lines, 'FROM'].join('\n'))
    const files = { f: 'f' }
    expect(dates(await edge(stage('ARG P=dated', `ADD ${server.url}/$P /`), { files }))).toEqual([modified, modified])
    await expect(edge(stage('COPY f /'), { files })).rejects.toMatchObject({
      code: 'EPOCH_INVALID',
      range: { start: { line: 3 } },
    })
    await expect(edge(named('none'), { files })).rejects.toThrow('invalid SOURCE_DATE_EPOCH: none')
  })
})
