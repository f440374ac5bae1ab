import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { writeTree } from '../support/write-tree.ts'
import { test } from './store-test.ts'

const hostile = '\u001b[2J\u202e<script>alert(1)<!--\n"\''

test('report: layers, hidden files and packages of an image, as a page and as JSON', async ({
  run,
  tryRun,
  make,
  directory,
}) => {
  await writeTree(join(directory, 'context'), {
    Dockerfile: 'FROM base\nCOPY a /big\nCOPY b /big\nCOPY lib /app/node_modules/left\nLABEL "<b>"="</style>"\n',
    a: 'x'.repeat(5000),
    b: 'y',
    [`lib/${hostile}`]: 'z'.repeat(100),
    'lib/package.json': JSON.stringify({ name: 'left', version: '1.2.3', license: 'MIT' }),
  })
  await make('-t', 'app:2.0')
  const report: unknown = JSON.parse(await run('report', '--format', 'json', 'app:2.0'))
  expect(report).toMatchObject({
    formatVersion: 1,
    name: 'app:2.0',
    hidden: { count: 1, size: 5000 },
    largest: expect.arrayContaining([
      { path: 'big', size: 5000, layer: 1, hidden: { layer: 2, cause: 'replaced' } },
      { path: `app/node_modules/left/${hostile}`, size: 100, layer: 3 },
    ]),
    leftOut: { count: 0, size: 0 },
    packages: [{ type: 'npm', name: 'left', version: '1.2.3', license: 'MIT', layer: 3 }],
    settings: expect.arrayContaining([{ name: 'Labels <b>', value: '</style>' }]),
  })
  expect(await run('report', '-o', 'app.html', 'app:2.0')).toBe('')
  const page = await readFile(join(directory, 'app.html'), 'utf8')
  expect(page).toContain('replaced in layer 3</td><td class="path">/big</td>')
  expect(page).toContain('\\x1b[2J\\u{202e}&lt;script&gt;alert(1)&lt;!--\\x0a&quot;&#39;')
  expect(page).toContain('default-src &#39;none&#39;'.replaceAll('&#39;', "'"))
  // Nothing of the image opens an element, and nothing is loaded or run.
  expect(page.match(/<(script|img|iframe|link|object|b)\b|\b(src|srcset)=|href="(?!#)|url\(| on\w+=/i)).toBeNull()
  expect(page.match(/<\/style>/g)).toHaveLength(1)
  expect(page).not.toMatch(/[\u001b\u202e]/)
  expect((await tryRun('report', 'none')).stderr).toContain('error: no image "none" in the store\n')
})
