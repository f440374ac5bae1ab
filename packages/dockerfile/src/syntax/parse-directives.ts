import { trim, trimStart } from '../text/blank.ts'
import type { Directives } from './dockerfile.ts'
import { DockerfileError } from '../text/errors.ts'
import type { Range } from '@tsbuild/errors'

const known = new Set(['syntax', 'escape', 'check'])
const shape = /^([a-zA-Z][a-zA-Z0-9]*)[\t-\r ]*=(.*)$/s

/** A `# key=value` at the top of the file. */
interface Directive {
  readonly key: string
  readonly value: string
}

/**
 * Reads the directives at the top of a file, in order, up to the first other line. Throws
 * DIRECTIVE_DUPLICATE for a second one of a kind and DIRECTIVE_INVALID for an unusable escape.
 * `count` is the number of lines they take.
 */
export function parseDirectives(lines: readonly string[]): { directives: Directives; count: number } {
  const found = new Map<string, string>()
  let count = 0
  for (const line of lines) {
    // Blanks may stand before `#` here; the search for `syntax` and `check` below does not allow
    // them.
    const directive = readDirective(trimStart(line), '#')
    if (directive === undefined) break
    count += 1
    if (found.has(directive.key)) {
      throw new DockerfileError('DIRECTIVE_DUPLICATE', `only one ${directive.key} parser directive can be used`, {
        range: lineRange(line, count),
      })
    }
    found.set(directive.key, directive.value)
    if (directive.key === 'escape' && directive.value !== '\\' && directive.value !== '`') {
      const message = `invalid escape token '${directive.value}' does not match \` or \\`
      throw new DockerfileError('DIRECTIVE_INVALID', message, { range: valueRange(line, count, directive.value) })
    }
  }
  const syntax = prescan(lines, '#', 'syntax')
  const check = prescan(lines, '#', 'check')
  const directives: Directives = {
    escape: found.get('escape') === '`' ? '`' : '\\',
    ...(syntax !== undefined && { syntax }),
    ...(check !== undefined && { check }),
  }
  return { directives, count }
}

/**
 * The `syntax` of any kind of build file: `# syntax=`, else `// syntax=`, else the `syntax` of a
 * JSON object. A shebang line in front is skipped. Undefined when nothing names one.
 */
export function detectSyntax(text: string): string | undefined {
  const lines = text.split('\n', 64)
  return prescan(lines, '#', 'syntax') ?? prescan(lines, '//', 'syntax') ?? jsonSyntax(text)
}

/**
 * BuildKit looks for `syntax` and `check` before it parses; this search alone skips a shebang line.
 */
function prescan(lines: readonly string[], comment: string, key: string): string | undefined {
  const seen = new Set<string>()
  for (const line of lines.slice(lines[0]?.startsWith('#!') ? 1 : 0)) {
    const directive = readDirective(line, comment)
    if (directive === undefined || seen.has(directive.key)) return undefined
    if (directive.key === key) return directive.value
    seen.add(directive.key)
  }
  return undefined
}

function readDirective(line: string, comment: string): Directive | undefined {
  if (!line.startsWith(comment)) return undefined
  const parts = shape.exec(trimStart(line.slice(comment.length)))
  const key = parts?.[1]?.toLowerCase() ?? ''
  const value = trim(parts?.[2] ?? '')
  return known.has(key) && value !== '' ? { key, value } : undefined
}

function jsonSyntax(text: string): string | undefined {
  const body = text.startsWith('#!') ? text.slice(text.indexOf('\n') + 1) : text
  if (!trimStart(body).startsWith('{')) return undefined
  try {
    const document: unknown = JSON.parse(body)
    if (typeof document !== 'object' || document === null || !('syntax' in document)) return undefined
    return typeof document.syntax === 'string' ? document.syntax : undefined
  } catch {
    return undefined
  }
}

function valueRange(line: string, number: number, value: string): Range {
  const column = line.lastIndexOf(value) + 1
  return { start: { line: number, column }, end: { line: number, column: column + value.length } }
}

function lineRange(line: string, number: number): Range {
  return { start: { line: number, column: 1 }, end: { line: number, column: line.trimEnd().length + 1 } }
}
