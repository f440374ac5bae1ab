import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, extname, join } from 'node:path'

const root = join(import.meta.dirname, '..')

/** `<!-- snippet PATH [LANGUAGE] -->` and the code block behind it, if it is written already. */
const place = /<!-- snippet (\S+)(?: (\w+))? -->\n(?:\n```\w*\n[^]*?\n```\n)?/g

const languages: Readonly<Record<string, string>> = { '.yml': 'yaml', '.yaml': 'yaml', '.sh': 'sh', '.ts': 'ts' }

/** Pages with snippets by their path, each snippet with the text that its file has now. */
export function formatSnippets(): ReadonlyMap<string, string> {
  const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: root }).map((path) => join(root, path))
  return new Map(
    pages.flatMap((path) => {
      const text = readFileSync(path, 'utf8')
      if (!text.includes('<!-- snippet ')) return []
      return [[path, text.replace(place, (_, file: string, language?: string) => formatSnippet(file, language))]]
    }),
  )
}

function formatSnippet(file: string, language: string | undefined): string {
  const text = readFileSync(join(root, file), 'utf8').trimEnd()
  const named = language ?? languages[extname(file)] ?? basename(file).toLowerCase()
  const note = language === undefined ? '' : ` ${language}`
  return `<!-- snippet ${file}${note} -->\n\n\`\`\`${named}\n${text}\n\`\`\`\n`
}

if (import.meta.main) for (const [path, text] of formatSnippets()) writeFileSync(path, text)
