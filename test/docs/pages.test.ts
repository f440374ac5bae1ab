import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { formatCliPages } from '../../scripts/cli-pages.ts'
import { formatSnippets } from '../../scripts/doc-snippets.ts'
import { formatMigrationPages } from '../../scripts/migration-pages.ts'

const root = join(import.meta.dirname, '../..')

describe.each([
  ['scripts/cli-pages.ts', formatCliPages],
  ['scripts/migration-pages.ts', formatMigrationPages],
  ['scripts/doc-snippets.ts', formatSnippets],
] as const)('%s', (script, format) => {
  test('has written the pages as they are', async () => {
    const pages = await format()
    expect(pages.size).toBeGreaterThan(0)
    for (const [path, text] of pages)
      expect([path, readFileSync(path, 'utf8') === text ? '' : `run: node ${script}`]).toEqual([path, ''])
  })
})

test('every message of docs/troubleshooting.md is one that a failure prints', () => {
  const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8')
  const messages = [...page.matchAll(/^### (.+)$/gm)].flatMap(([, heading = '']) =>
    [...heading.matchAll(/`([^`]+)`/g)].map(([, message = '']) => message),
  )
  const records = globSync('test/failures/cases/*/*/expected.txt', { cwd: root })
    .map((path) => readFileSync(join(root, path), 'utf8'))
    .join('\n')
  // This machine can isolate RUN: its message is in the source.
  const sources = readFileSync(join(root, 'src/rootfs/select-rung.ts'), 'utf8')
  expect(messages.length).toBeGreaterThan(20)
  expect(messages.filter((message) => !patternOf(message).test(`${records}\n${sources}`))).toEqual([])
})

function patternOf(message: string): RegExp {
  const parts = message.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
  return new RegExp(parts.join('.*'))
}
