import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { rules, warning } from '@tsbuild/dockerfile'
import { expect, test } from 'vitest'
import { check } from '../src/subrequest/check.ts'
import { corpusInput } from './support/corpus.ts'

const directory = join(import.meta.dirname, '../docs/rules')
const anywhere = { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } }

/** Pages have the names that the URLs of warnings end with. */
const pageOf = (rule: string): string => `${warning(rule, '', anywhere).url?.split('/').at(-2) ?? ''}.md`

const pages = readdirSync(directory).filter((name) => name !== 'README.md')

test('every rule has its page, and every page its rule', () => {
  expect(pages.toSorted()).toEqual([...rules.keys()].map(pageOf).sort())
})

test('the index links to every page', () => {
  const index = readFileSync(join(directory, 'README.md'), 'utf8')
  expect([...index.matchAll(/\]\(([a-z-]+\.md)\)/g)].map(([, page = '']) => page).sort()).toEqual(pages.toSorted())
})

test.each([...rules.keys()])('%s: the bad example is bad, the good one is good', async (rule) => {
  const text = readFileSync(join(directory, pageOf(rule)), 'utf8')
  expect(text).toMatch(new RegExp(`^# ${rule}\n`))
  const [bad = '', good = ''] = [...text.matchAll(/```dockerfile\n([^]*?)```/g)].map(([, code]) => code)
  expect([bad, good]).not.toContain('')
  // What needs a certain base image or ignore file is shown in the corpus.
  if (rule === 'InvalidBaseImagePlatform' || rule === 'CopyIgnoredFile') return
  expect(await findings(bad, rule)).toContain(rule)
  expect(await findings(good, rule)).not.toContain(rule)
})

async function findings(text: string, rule: string): Promise<readonly string[]> {
  const base = corpusInput('maintainer')
  const resolver = {
    resolve: (request: Parameters<typeof base.resolver.resolve>[0]) =>
      base.resolver.resolve({ ...request, reference: 'docker.io/library/busybox:latest' }),
  }
  const { json } = await check({
    ...base,
    resolver,
    source: { name: 'Dockerfile', text: `# check=experimental=${rule}\n${text}` },
  })
  const { warnings }: { warnings: readonly { readonly ruleName: string }[] } = JSON.parse(JSON.stringify(json))
  return warnings.map(({ ruleName }) => ruleName)
}
