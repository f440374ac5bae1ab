import { lstat, readFile, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test as plainTest } from 'vitest'
import { openImage } from '../support/open-image.ts'
import { readArchive } from '../support/read-archive.ts'
import type { ProgramResult } from '../support/run-program.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { tsbuild } from '../support/tsbuild.ts'
import { writeTree } from '../support/write-tree.ts'

const [older, epoch, newer] = [1_000_000_000, 1_500_000_000, 1_900_000_000]

interface Tools {
  readonly directory: string
  /** Builds with one output; `dest` of it is `directory/out`. */
  readonly build: (
    output: string,
    env?: Readonly<Record<string, string>>,
    args?: readonly string[],
  ) => Promise<ProgramResult>
  /**
   * The same as an image: when it says it was made, its history, the times of its files, and what
   * names it in the layout.
   */
  readonly image: (fields: string, env?: Readonly<Record<string, string>>, args?: readonly string[]) => Promise<unknown>
}

const test = plainTest.extend<Tools>({
  directory: async ({}, use) => {
    await using directory = await temporaryDirectory()
    await writeTree(join(directory.path, 'c'), {
      Dockerfile: 'FROM scratch\nCOPY old new /\nWORKDIR /w/x\n',
      old: 'o',
      new: 'n',
    })
    await utimes(join(directory.path, 'c/old'), older, older)
    await utimes(join(directory.path, 'c/new'), newer, newer)
    await use(directory.path)
  },
  build: ({ directory }, use) =>
    use((output, env = { SOURCE_DATE_EPOCH: String(epoch) }, args = []) =>
      tsbuild(['build', '-o', `${output},dest=${join(directory, 'out')}`, ...args, 'c'], {
        root: join(directory, 'store'),
        cwd: directory,
        env,
      }),
    ),
  image: ({ directory, build }, use) =>
    use(async (fields, env, args) => {
      const { code, stderr } = await build(`type=oci,tar=false${fields}`, env, args)
      if (code !== 0) throw new Error(stderr)
      const { config, layers } = await openImage(join(directory, 'out'))
      const { manifests } = JSON.parse(await readFile(join(directory, 'out/index.json'), 'utf8'))
      return {
        created: seconds(config.created),
        history: config.history.map(({ created }) => seconds(created)),
        files: layers.flatMap((layer) => layer.map(({ path, mtime }) => [path, mtime])),
        named: seconds(manifests[0].annotations?.['org.opencontainers.image.created']),
      }
    }),
})

function seconds(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text) / 1000
}

const allAt = (date: number) => ({ created: date, history: [date, date], named: date })

test('an image: its date, its history, WORKDIR, and no file later', async ({ image }) => {
  expect(await image('')).toEqual({
    ...allAt(epoch),
    files: [
      ['new', epoch],
      ['old', older],
      ['w/', epoch],
      ['w/x/', epoch],
    ],
  })
})

test('the build argument counts more than the environment, and empty is unset', async ({ image }) => {
  const env = { SOURCE_DATE_EPOCH: '5' }
  expect(await image('', env, ['--build-arg', `SOURCE_DATE_EPOCH=${epoch}`])).toMatchObject({ created: epoch })
  for (const args of [['--build-arg', 'SOURCE_DATE_EPOCH=']]) {
    expect(await image('', env, args)).toMatchObject({
      named: undefined,
      files: expect.arrayContaining([['new', newer]]),
    })
  }
  expect(await image('', { SOURCE_DATE_EPOCH: '' })).toMatchObject({
    named: undefined,
    files: expect.arrayContaining([['new', newer]]),
  })
})

test('rewrite-timestamp=false leaves files alone, also those that were dated before', async ({ image }) => {
  await image('')
  const files = [
    ['new', newer],
    ['old', older],
    ['w/', epoch],
    ['w/x/', epoch],
  ]
  expect(await image(',rewrite-timestamp=false')).toEqual({ ...allAt(epoch), files })
  expect(await image(',source-date-epoch=')).toEqual({ ...allAt(epoch), named: undefined, files })
})

test('source-date-epoch of an output goes before that of the build', async ({ image }) => {
  const date = 1_400_000_000
  const files = [
    ['new', date],
    ['old', older],
    ['w/', date],
    ['w/x/', date],
  ]
  expect(await image(`,source-date-epoch=${date}`)).toEqual({ ...allAt(date), files })
  expect(await image(`,source-date-epoch=${date}`, {})).toEqual({ ...allAt(date), files })
})

test('files of local and tar outputs all have the date', async ({ build, directory }) => {
  expect(await build('type=local')).toMatchObject({ code: 0 })
  for (const path of ['old', 'new', 'w', 'w/x'])
    expect((await lstat(join(directory, 'out', path))).mtimeMs, path).toBe(epoch * 1000)
  expect(await build('type=local,source-date-epoch=')).toMatchObject({ code: 0 })
  expect((await lstat(join(directory, 'out/new'))).mtimeMs).toBe(newer * 1000)
})

test('a tar output, too', async ({ build, directory }) => {
  for (const [fields, date] of [
    ['', epoch],
    [',source-date-epoch=1400000000', 1_400_000_000],
  ] as const) {
    expect(await build(`type=tar${fields}`)).toMatchObject({ code: 0 })
    const entries = await readArchive(await readFile(join(directory, 'out')))
    expect(new Set(entries.map(({ mtime }) => mtime))).toEqual(new Set([date]))
  }
})

test('the date is part of the key of what is dated, so that another date is another layer', async ({ build }) => {
  const cached = async (date: string) =>
    (await build('type=oci', { SOURCE_DATE_EPOCH: date })).stderr.match(/CACHED/g)?.length ?? 0
  expect(await cached('1400000000')).toBe(0)
  expect(await cached('1400000001')).toBe(0)
  expect(await cached('1400000000')).toBe(2)
})

test('what is no date, and dates that contradict each other', async ({ build }) => {
  for (const value of ['soon', '1.5', '-1', '1e3', ' 1']) {
    expect(await build('type=oci', { SOURCE_DATE_EPOCH: value }), value).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`invalid SOURCE_DATE_EPOCH: ${value}`),
    })
  }
  expect((await build('type=oci,source-date-epoch=soon')).stderr).toContain('invalid --output source-date-epoch "soon"')
  const two = ['-o', 'type=image,name=a,source-date-epoch=5']
  expect((await build('type=oci', { SOURCE_DATE_EPOCH: '7' }, two)).stderr).toContain(
    'outputs cannot have different dates: 7, 5',
  )
})
