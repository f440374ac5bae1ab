import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCodes } from '@tsbuild/errors'
import { expect, test } from 'vitest'
import { readSourceFiles } from '../support/source-files.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/environment.md'), 'utf8')
const documented = new Set([...page.matchAll(/`([A-Z][A-Z0-9_]+)`/g)].map(([, name = '']) => name))

/** Reads of a variable: `env['NAME']`, `env.NAME`, `$NAME` of a message. */
const reads = /\benv(?:\.|\[')([A-Z][A-Z0-9_]+)/g
const prefixes = 'ACTIONS|AWS|AZURE|BUILDKIT|BUILDX|CI|DOCKER|GITHUB|GOOGLE|TSBUILD|XDG'
const literals = new RegExp(`'((?:${prefixes})_[A-Z0-9_]+)'`, 'g')

/** Words that look like variables. BuildKit's scanners get the first, libraries show the second. */
const others = /^(BUILDKIT_SCAN_.*|TOKEN)$/

const texts = readSourceFiles()
  .filter(({ path }) => !/\.test\.ts$|\/testing\//.test(path))
  .map(({ path }) => readFileSync(join(root, path), 'utf8'))
const codes = new Set<string>(errorCodes)
const used = new Set(
  texts
    .flatMap((text) => [...text.matchAll(reads), ...text.matchAll(literals)].map(([, name = '']) => name))
    .filter((name) => !codes.has(name) && !others.test(name)),
)

test('every variable that the sources read is on the page', () => {
  expect(used.size).toBeGreaterThan(60)
  expect([...used].filter((name) => !documented.has(name)).toSorted()).toEqual([])
})

test('every variable of the page is in the sources', () => {
  const all = texts.join('\n')
  const forNode = /^(NODE_OPTIONS|NODE_EXTRA_CA_CERTS|XDG_CACHE_HOME)$/
  expect([...documented].filter((name) => !all.includes(name) && !forNode.test(name))).toEqual([])
})
