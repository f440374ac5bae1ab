import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SyntaxKind } from 'typescript/unstable/ast'
import { createScanner } from 'typescript/unstable/ast/scanner'

/** Text that people read, and its place in the repository. */
export interface Prose {
  readonly path: string
  readonly line: number
  readonly kind: 'doc comment' | 'comment' | 'text' | 'test title' | 'heading' | 'paragraph'
  readonly text: string
}

const root = join(import.meta.dirname, '../..')
const titled = new Set(['test', 'describe'])

/** Comments and texts of TypeScript files; of tests only the comments and titles. */
export function readCode(patterns: readonly string[]): readonly Prose[] {
  return read(patterns).flatMap(({ path, text }) => proseOfCode(path, text))
}

/** Headings and paragraphs of Markdown files; code is left out. */
export function readMarkdown(patterns: readonly string[]): readonly Prose[] {
  return read(patterns).flatMap(({ path, text }) => proseOfMarkdown(path, text))
}

/**
 * Lines of comments and pages that are wider than `columns`, as `path:line`. Tables, addresses and
 * code may be.
 */
export function readWideLines(patterns: readonly string[], columns: number): readonly string[] {
  return read(patterns).flatMap(({ path, text }) => {
    let isCode = false
    return text.split('\n').flatMap((line, index) => {
      const isFence = line.trimStart().startsWith('```')
      if (isFence) isCode = !isCode
      const isProse = path.endsWith('.md') ? !isCode && !/^\s*[|#]/.test(line) : /^\s*(\/\/|\/?\*)/.test(line)
      return isProse && [...line].length > columns && !/https?:|\S {2,}\S/.test(line) ? [`${path}:${index + 1}`] : []
    })
  })
}

function read(patterns: readonly string[]): readonly { readonly path: string; readonly text: string }[] {
  const exclude = ['**/node_modules/**', '**/generated/**', '**/testdata/**', '**/cases/**']
  return globSync([...patterns], { cwd: root, exclude })
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
}

interface Token {
  readonly kind: SyntaxKind
  readonly text: string
  readonly start: number
}

/** Prose of one TypeScript file. Line comments below each other are one comment. */
export function proseOfCode(path: string, text: string): readonly Prose[] {
  const lineAt = lineCounter(text)
  const isTest = /\.(test|case)\.ts$|\/testing\/|^test\/|^bench\//.test(path)
  const found: Prose[] = []
  let before: readonly Token[] = []
  for (const token of tokensOf(text)) {
    const line = lineAt(token.start)
    const last = found.at(-1)
    if (token.kind === SyntaxKind.SingleLineCommentTrivia) {
      const words = token.text.replace(/^\/\/ ?/, '')
      const continues = last?.kind === 'comment' && last.line + last.text.split('\n').length === line
      if (continues) found[found.length - 1] = { ...last, text: `${last.text}\n${words}` }
      else found.push({ path, line, kind: 'comment', text: words })
      continue
    }
    if (token.kind === SyntaxKind.MultiLineCommentTrivia) {
      found.push({
        path,
        line,
        kind: token.text.startsWith('/**') ? 'doc comment' : 'comment',
        text: wordsOfComment(token.text),
      })
      continue
    }
    if (isText(token)) {
      const isTitle =
        before.at(-1)?.text === '(' && (titled.has(before.at(-2)?.text ?? '') || before.at(-2)?.text === ')')
      if (!isTest) found.push({ path, line, kind: 'text', text: token.text })
      else if (isTitle) found.push({ path, line, kind: 'test title', text: token.text })
    }
    before = [...before.slice(-1), token]
  }
  return found
}

/** Tokens of TypeScript, comments included and blanks left out. */
function* tokensOf(text: string): Generator<Token, void, undefined> {
  const scanner = createScanner(false)
  scanner.setText(text)
  const braces: ('block' | 'template')[] = []
  let previous = SyntaxKind.Unknown
  while (true) {
    let kind = scanner.scan()
    if (kind === SyntaxKind.EndOfFile) return
    if (kind === SyntaxKind.SlashToken && !endsValue(previous)) kind = scanner.reScanSlashToken()
    if (kind === SyntaxKind.OpenBraceToken) braces.push('block')
    if (kind === SyntaxKind.TemplateHead) braces.push('template')
    if (kind === SyntaxKind.CloseBraceToken && braces.at(-1) === 'template') kind = scanner.reScanTemplateToken(false)
    if (kind === SyntaxKind.CloseBraceToken || kind === SyntaxKind.TemplateTail) braces.pop()
    if (kind === SyntaxKind.WhitespaceTrivia || kind === SyntaxKind.NewLineTrivia) continue
    yield { kind, text: scanner.getTokenText(), start: scanner.getTokenStart() }
    if (kind !== SyntaxKind.SingleLineCommentTrivia && kind !== SyntaxKind.MultiLineCommentTrivia) previous = kind
  }
}

/** True for tokens after which a slash divides. */
function endsValue(kind: SyntaxKind): boolean {
  const ends = [
    SyntaxKind.Identifier,
    SyntaxKind.CloseParenToken,
    SyntaxKind.CloseBracketToken,
    SyntaxKind.CloseBraceToken,
    SyntaxKind.NumericLiteral,
    SyntaxKind.BigIntLiteral,
    SyntaxKind.StringLiteral,
    SyntaxKind.NoSubstitutionTemplateLiteral,
    SyntaxKind.TemplateTail,
    SyntaxKind.ThisKeyword,
  ]
  return ends.includes(kind)
}

/** Several words in quotes. */
function isText({ kind, text }: Token): boolean {
  const isString =
    kind === SyntaxKind.StringLiteral ||
    kind === SyntaxKind.NoSubstitutionTemplateLiteral ||
    kind === SyntaxKind.TemplateHead ||
    kind === SyntaxKind.TemplateMiddle ||
    kind === SyntaxKind.TemplateTail
  return isString && /[a-z] |\s[a-z]/i.test(text)
}

function wordsOfComment(comment: string): string {
  return comment
    .replace(/^\/\*\*?\s*/, '')
    .replace(/\s*\*\/$/, '')
    .replaceAll(/^\s*\* ?/gm, '')
}

/** Prose of one Markdown file, a line of it at a time. */
export function proseOfMarkdown(path: string, text: string): readonly Prose[] {
  let isCode = false
  return text.split('\n').flatMap((line, index): readonly Prose[] => {
    if (line.trimStart().startsWith('```')) {
      isCode = !isCode
      return []
    }
    const words = line.replaceAll(/`[^`]*`/g, '`…`')
    if (isCode || words.trim() === '') return []
    return [
      { path, line: index + 1, kind: words.startsWith('#') ? 'heading' : 'paragraph', text: words.replace(/^#+ /, '') },
    ]
  })
}

function lineCounter(text: string): (position: number) => number {
  const starts = [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)]
  return (position) => {
    let [low, high] = [0, starts.length]
    while (low + 1 < high) {
      const middle = (low + high) >> 1
      if ((starts[middle] ?? 0) <= position) low = middle
      else high = middle
    }
    return low + 1
  }
}
