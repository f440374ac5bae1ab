import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { DockerfileError } from './text/errors.ts'
import { expandHeredoc, expandWord, expandWords } from './expand/expand.ts'
import { parseIgnore } from './ignore/parse-ignore.ts'

// Answers of BuildKit to generated words and ignore patterns, recorded from its commit 73ed682
// (August 2026).

interface Expansions {
  readonly variables: Readonly<Record<string, string>>
  readonly rows: readonly (readonly [
    how: 'word' | 'words' | 'heredoc',
    escape: string,
    text: string,
    result: unknown,
  ])[]
}

interface Patterns {
  readonly paths: readonly string[]
  readonly rows: readonly (readonly [ignoreFile: string, ignored: unknown])[]
}

const read = (name: string): string => readFileSync(new URL(`../cases/${name}.json`, import.meta.url), 'utf8')
const expand = { word: expandWord, words: expandWords, heredoc: expandHeredoc }

/** Result, or the message of the error. */
function outcome(action: () => unknown): unknown {
  try {
    return action()
  } catch (error) {
    return error instanceof DockerfileError ? { error: error.message } : error
  }
}

describe('expansions', () => {
  const { variables, rows }: Expansions = JSON.parse(read('expand/expansions'))
  test.each(rows)('%s, escape %s: %j', (how, escape, text, result) => {
    expect(outcome(() => expand[how](text, (name) => variables[name], { escape }))).toEqual(result)
  })
})

describe('ignore patterns', () => {
  const { paths, rows }: Patterns = JSON.parse(read('ignore/patterns'))
  test.each(rows)('%j', (ignoreFile, ignored) => {
    expect(outcome(() => paths.filter((path) => parseIgnore(ignoreFile).matches(path)))).toEqual(ignored)
  })
})
