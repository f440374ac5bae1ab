import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import { resolveAlias } from '../../src/cli/resolve-alias.ts'
import { invocationOf } from '../../src/cli/testing/invocation.ts'

const root = join(import.meta.dirname, '../..')
const pages = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md'], {
  cwd: root,
  exclude: (path) => path.includes('node_modules') || path === 'CHANGELOG.md' || path.startsWith('docs/cli'),
})

interface Call {
  readonly page: string
  readonly words: readonly string[]
}

/** Command lines of tsbuild in the code blocks of a page. */
function callsOf(page: string): readonly Call[] {
  const text = readFileSync(join(root, page), 'utf8')
  const blocks = [...text.matchAll(/^```(?:sh|yaml|groovy|console)\n([^]*?)^```/gm)].map(([, block = '']) => block)
  const lines = blocks.flatMap((block) => block.replaceAll(/\\\n\s*/g, ' ').split('\n'))
  return lines.flatMap((line) =>
    line
      .replace(/\s#.*$/, '')
      .split(/&&|\|\||;|\||\$\(|\)/)
      .flatMap((part) => {
        const words = part
          .trim()
          .replace(/^(- )?(run: )?/, '')
          .split(/\s+/)
        const at = words.findIndex((word) => word === 'tsbuild')
        const isCall = at >= 0 && words.slice(0, at).every((word) => /^[A-Z_]+=/.test(word))
        return isCall ? [{ page, words: words.slice(at + 1) }] : []
      }),
  )
}

/** Long flags of a call that its command does not have. */
async function unknownFlags({ page, words }: Call): Promise<readonly string[]> {
  const resolved = resolveAlias(words)
  const [first = ''] = resolved?.command === undefined ? words : [resolved.command]
  const name = commands.has(first) ? first : 'build'
  const load = await commands.get(name)?.load()
  const command = load?.(invocationOf())
  if (command === undefined) return [`${page}: no command ${name}`]
  const flags = flagsOf(command)
  return words
    .filter((word) => word.startsWith('--') && word !== '--')
    .map((word) => word.replace(/=.*/, '').replaceAll(/[`'",]/g, ''))
    .filter((flag) => flag !== '--help' && !flags.has(flag))
    .map((flag) => `${page}: tsbuild ${name} ${flag}`)
}

function flagsOf(command: Command): ReadonlySet<string | undefined> {
  return new Set([...command.options.map(({ long }) => long), ...command.commands.flatMap((sub) => [...flagsOf(sub)])])
}

test('pages use flags that their commands have', async () => {
  const calls = pages.flatMap(callsOf)
  expect(calls.length).toBeGreaterThan(100)
  const unknown = await Promise.all(calls.map(unknownFlags))
  expect(unknown.flat()).toEqual([])
})

test('a flag that does not exist is found', async () => {
  expect(await unknownFlags({ page: 'x', words: ['--tag', 'a', '--pusch', '.'] })).toEqual(['x: tsbuild build --pusch'])
  expect(await unknownFlags({ page: 'x', words: ['image', 'ls', '--quiet', '--nope'] })).toEqual([
    'x: tsbuild images --nope',
  ])
})
