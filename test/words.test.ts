import { globSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { commands } from '../src/cli/commands.ts'
import { call } from '../src/cli/testing/invocation.ts'
import { type Prose, proseOfCode, proseOfMarkdown, readCode, readMarkdown, readWideLines } from './support/prose.ts'

/** Phrases that have a plainer equivalent, and that equivalent. */
const banned: readonly { readonly phrase: RegExp; readonly instead: string }[] = [
  { phrase: /\btold\b|\btells? of\b/i, instead: 'report, print, name, describe' },
  { phrase: /\b(is|are|be|was|were) said\b/i, instead: 'describe, print' },
  { phrase: /\basked for\b/i, instead: 'request, need' },
  { phrase: /\b(is|are|was|were|be) there\b(?! (a|an|no|any)\b)/i, instead: 'exist' },
  { phrase: /\b(comes?|came) about\b/i, instead: 'is built, happens' },
  { phrase: /\b(go|goes|gone|went) away\b/i, instead: 'end, is removed' },
  { phrase: /\bst(ands?|ood) for\b/i, instead: 'mean' },
  { phrase: /\b(knows?|knew|known) of\b/i, instead: 'know, list' },
  { phrase: /\bwhat there is\b/i, instead: 'name it' },
  { phrase: /\b(nobody|whoever|whatever)\b/i, instead: 'the one who acts, or any' },
  { phrase: /(?<!there )\b(is|are|be|was|were) none\b/i, instead: 'is not a …' },
]

/** Comments and headings open with a noun phrase or a verb. */
const openers: Partial<Record<Prose['kind'], RegExp>> = {
  'doc comment': /^(What|Where|How|Whether|Who|Whose|Which|That which|When|Why)\b/,
  heading: /^(What|Where|Whether|Who|Whose|Which)\b/,
}

/** Names and quotations. */
const allowed: readonly RegExp[] = [
  // A user of /etc/passwd.
  /users root, nobody and/,
]

const sources = ['{src,scripts,bench,examples,test}/**/*.{ts,mjs}', 'packages/*/src/**/*.ts']
const pages = ['*.md', '{docs,src,packages,test,examples}/**/*.md']

test('comments, messages and test titles are in plain words', () => {
  expect(faultsOf(readCode(sources))).toEqual([])
})

test('pages are in plain words', () => {
  expect(faultsOf(readMarkdown(pages))).toEqual([])
})

test('lines of comments and pages have at most 100 columns', () => {
  const wide = readWideLines([...sources, ...pages], 100)
  expect(wide).toEqual([])
})

test('no page runs or installs the package of this name on npm, which is another program', () => {
  const command = /\b(npx|npm (i|install|exec)( -\S+| --\S+)*|pnpm (add|dlx)|yarn add) tsbuild(@(?!npm:|file:)|\s|$)/
  const texts = globSync([...pages, 'examples/**/{Dockerfile,*.yml,*.yaml,*.sh}'], {
    exclude: (path) => path.includes('node_modules'),
  })
  expect(texts.length).toBeGreaterThan(20)
  expect(texts.filter((path) => command.test(readFileSync(path, 'utf8')))).toEqual([])
  expect('  - run: npx tsbuild -t app .').toMatch(command)
})

test.each(['', ...commands.keys()])('tsbuild %s --help is in plain words', async (command) => {
  const { stdout } = await call([...(command === '' ? [] : [command]), '--help'])
  const lines = stdout.split('\n')
  expect(lines.length).toBeGreaterThan(5)
  expect(
    faultsOf(
      lines.map((text, index) => ({ path: `tsbuild ${command} --help`, line: index + 1, kind: 'paragraph', text })),
    ),
  ).toEqual([])
})

describe('the checks can fail', () => {
  test('a banned phrase and a headless comment are found in code', () => {
    const text = "/** What it does. */\nconst a = `${'x'} is not told`\n// Nobody\n// knows.\nconst b = /it's told/"
    expect(faultsOf(proseOfCode('packages/a/src/a.ts', text))).toEqual([
      'packages/a/src/a.ts:1 opens with "What": What it does.',
      'packages/a/src/a.ts:2 "told" (report, print, name, describe): } is not told`',
      'packages/a/src/a.ts:3 "Nobody" (the one who acts, or any): Nobody\nknows.',
    ])
  })

  test('only titles and comments of tests are read', () => {
    const text = "test('nobody knows', () => expect(a).toBe('told you'))\ntest.each([1])('whoever %s', () => {})"
    expect(faultsOf(proseOfCode('packages/a/src/a.test.ts', text)).map((fault) => fault.split(' ')[1])).toEqual([
      '"nobody"',
      '"whoever"',
    ])
  })

  test('code in pages is left out', () => {
    const text = '# What is\n`told`\n```\ntold\n```\ntold'
    expect(faultsOf(proseOfMarkdown('a.md', text))).toEqual([
      'a.md:1 opens with "What": What is',
      'a.md:6 "told" (report, print, name, describe): told',
    ])
  })
})

function faultsOf(prose: readonly Prose[]): readonly string[] {
  return prose
    .filter(({ path, text }) => {
      if (path.startsWith('test/words')) return false
      return !allowed.some((quotation) => quotation.test(text))
    })
    .flatMap(({ path, line, kind, text }) => {
      const [opener] = openers[kind]?.exec(text) ?? []
      const found = banned.flatMap(({ phrase, instead }) => {
        const [match] = phrase.exec(text.replaceAll(/\s+/g, ' ')) ?? []
        return match === undefined ? [] : [`${path}:${line} "${match}" (${instead}): ${text}`]
      })
      return opener === undefined ? found : [`${path}:${line} opens with "${opener}": ${text}`, ...found]
    })
}
