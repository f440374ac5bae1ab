import { join } from 'node:path'
import { expect } from 'vitest'
import { writeTree } from '../support/write-tree.ts'
import { test } from './store-test.ts'

test('diff: files, settings and packages of two images, exit code on request', async ({
  run,
  tryRun,
  make,
  directory,
}) => {
  await writeTree(join(directory, 'context'), {
    Dockerfile: 'FROM base\nCOPY a b /\nENV A=2\nCOPY lib /app/node_modules/left\n',
    a: 'changed',
    b: '123',
    'lib/package.json': JSON.stringify({ name: 'left', version: '1.2.3' }),
  })
  await make('-t', 'app:2.0')
  const text = await run('diff', 'app:1.0', 'app:2.0')
  expect(text.split('\n').map((line) => line.trim())).toEqual([
    expect.stringMatching(/^- app:1\.0 {2}sha256:/),
    expect.stringMatching(/^\+ app:2\.0 {2}sha256:/),
    '',
    'settings:',
    'C Env A  1 -> 2',
    '',
    'packages:',
    'A npm left  1.2.3',
    '',
    'files:',
    'C /a  content, 5B -> 7B',
    'A /app  directory',
    'A /app/node_modules  directory',
    'A /app/node_modules/left  directory',
    'A /app/node_modules/left/package.json  33B',
    'A /b  3B',
    '',
    expect.stringMatching(/^files: 5 added \(36B\), 0 removed \(0B\), 1 changed \(7B\); \S+ -> \S+ \(\+38B\)$/),
    '',
  ])
  expect((await tryRun('diff', '--exit-code', '-q', 'app:1.0', 'app:2.0')).code).toBe(1)
  expect(await run('diff', '--exit-code', 'app:1.0', 'app:1.0')).toBe(
    'app:1.0 and app:1.0 have the same files and settings\n',
  )
})

test('diff: an archive, a layout and the store hold the same image', async ({ run, tryRun, directory }) => {
  await run('save', '-o', 'app.tar', 'app:1.0')
  await run('copy', '-q', 'store:app:1.0', 'oci:layout:v1')
  for (const place of ['./app.tar', 'app.tar', 'oci:layout', 'oci:layout:v1']) {
    const found: unknown = JSON.parse(await run('diff', '--format', 'json', 'app:1.0', place))
    expect(found).toMatchObject({ formatVersion: 1, isEqual: true, to: { name: place }, files: [], notes: [] })
  }
  const other = join(directory, 'other-store')
  expect(await run('diff', '--root', other, 'app.tar', 'oci:layout')).toContain('have the same files and settings')
  expect(JSON.parse(await run('images', '--root', other, '--json'))).toEqual([])
  for (const [place, message] of [
    ['./none.tar', 'error: "./none.tar" does not exist\n'],
    ['none.tar', 'error: no image "none.tar" in the store\n'],
    ['./layout', 'error: "./layout" is a directory\nhint: name a layout as oci:./layout\n'],
    ['oci:', 'error: no image in "oci:": expected a name'],
  ] as const)
    expect((await tryRun('diff', 'app:1.0', place)).stderr).toContain(message)
})

test('diff: names that try to write to a terminal or to a page', async ({ run, make, directory }) => {
  const name = '\u001b[2J\u202e<script>\n'
  await writeTree(join(directory, 'context'), {
    Dockerfile: 'FROM base\nCOPY a /a\nENV A=1\nCOPY . /in/\n',
    [name]: 'x',
  })
  await make('-t', 'hostile')
  const text = await run('diff', 'app:1.0', 'hostile')
  expect(text).toContain('  A /in/\\x1b[2J\\u{202e}<script>\\x0a  1B\n')
  const json = await run('diff', '--format', 'json', 'app:1.0', 'hostile')
  expect(json).not.toMatch(/[\u001b\u202e]/)
  expect((JSON.parse(json) as { files: { path: string }[] }).files.map(({ path }) => path)).toContain(`in/${name}`)
})
