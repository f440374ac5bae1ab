import { readFile } from 'node:fs/promises'
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

test('diff --html: directories, files, settings and packages as a page', async ({ run, tryRun, make, directory }) => {
  await writeTree(join(directory, 'context'), {
    Dockerfile: 'FROM base\nCOPY a b /\nENV A=2\nCOPY lib /app/node_modules/left\n',
    a: 'changed',
    b: '123',
    'lib/package.json': JSON.stringify({ name: 'left', version: '1.2.3' }),
  })
  await make('-t', 'app:2.0')
  const page = await run('diff', '--html', '-', 'app:1.0', 'app:2.0')
  expect(page).toMatch(/^<!doctype html>[\s\S]*<title>app:1.0 to app:2.0<\/title>[\s\S]*<\/html>\n$/)
  for (const row of [
    '<td class="path">/app/node_modules</td><td class="n">+33B</td>',
    '<td class="path">/</td><td class="n">+5B</td>',
    '<td class="changed">changed</td><td class="path">/a</td><td>content, 5B -&gt; 7B</td>',
    '<td class="added">added</td><td class="path">/b</td><td>3B</td>',
    '<th scope="row">Env A</th><td class="path">1</td><td class="path">2</td>',
    '<td>npm</td><td class="path">left</td><td class="soft">none</td><td class="path">1.2.3</td>',
  ])
    expect(page).toContain(row)
  const both = await run('diff', '--format', 'json', '--html', 'd.html', 'app:1.0', 'app:1.0')
  expect(JSON.parse(both)).toMatchObject({ isEqual: true })
  expect(await readFile(join(directory, 'd.html'), 'utf8')).toContain('the same files and settings')
  expect((await tryRun('diff', '--format', 'json', '--html', '-', 'app:1.0', 'app:1.0')).stderr).toContain(
    'error: --html - and --format json both write to standard output\n',
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
    ['oci:', 'error: cannot use "oci:" as a place: a path is missing after "oci:"'],
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
  expect(await run('diff', 'app:1.0', 'hostile', '--html', 'diff.html')).toBe('')
  const page = await readFile(join(directory, 'diff.html'), 'utf8')
  expect(page).toContain('<td class="path">/in/\\x1b[2J\\u{202e}&lt;script&gt;\\x0a</td><td>1B</td>')
  expect(page).not.toMatch(/[\u001b\u202e]|<script|\b(src|srcset)=|href="(?!#)| on\w+=| style=/)
  expect((JSON.parse(json) as { files: { path: string }[] }).files.map(({ path }) => path)).toContain(`in/${name}`)
})
