import { UsageError } from '../invocation/usage-error.ts'
import type { Operand, Pipeline, TemplateNode } from './template-node.ts'

/** Characters of a template, and depth of its blocks and parentheses. */
const maximumLength = 64 * 1024
const maximumDepth = 50

const token =
  /\s+|"(?:[^"\\\n]|\\.)*"|`[^`]*`|:=|[|(,]|\)(?:\.[A-Za-z_]\w*)*|(?:\.[A-Za-z_]\w*)+|\$?\w+(?:\.[A-Za-z_]\w*)*|\$(?:\.[A-Za-z_]\w*)*|-?\d+(?:\.\d+)?|\./y

/**
 * Parses a template of Go's text/template: fields, pipelines, `if`, `with`, `range`, variables and
 * trim marks. Throws `UsageError` for what is malformed or not supported.
 */
export function parseTemplate(text: string): readonly TemplateNode[] {
  if (text.length > maximumLength) throw invalid(`it has more than ${maximumLength} characters`)
  const parts = [...split(text)]
  const { nodes, rest } = parseBlock(parts, 0)
  const [end] = rest
  if (end !== undefined) throw invalid(`unexpected {{${end.text}}}`)
  return nodes
}

interface Part {
  readonly isAction: boolean
  readonly text: string
}

function* split(text: string): Generator<Part> {
  let at = 0
  let trims = false
  while (at < text.length) {
    const open = text.indexOf('{{', at)
    const literal = text.slice(at, open < 0 ? undefined : open)
    const begin = trims ? literal.trimStart() : literal
    const trimsBefore = open >= 0 && /^\{\{-\s/.test(text.slice(open, open + 4))
    yield { isAction: false, text: trimsBefore ? begin.trimEnd() : begin }
    if (open < 0) return
    const close = text.indexOf('}}', open)
    if (close < 0) throw invalid('an action has no end: "}}" is missing')
    const action = text.slice(open + 2, close)
    trims = /\s-$/.test(action)
    yield { isAction: true, text: action.replace(/^-\s/, '').replace(/\s-$/, '').trim() }
    at = close + 2
  }
}

interface Block {
  readonly nodes: readonly TemplateNode[]
  /** From the `else` or `end` on. */
  readonly rest: readonly Part[]
}

function parseBlock(parts: readonly Part[], depth: number): Block {
  if (depth > maximumDepth) throw invalid('it is nested too deeply')
  const nodes: TemplateNode[] = []
  let rest = parts
  for (let [part] = rest; part !== undefined; [part] = rest) {
    if (part.isAction && /^(?:else|end)\b/.test(part.text)) break
    rest = rest.slice(1)
    if (!part.isAction) nodes.push({ kind: 'text', text: part.text })
    else if (!part.text.startsWith('/*')) {
      const [, kind, words = ''] = /^(if|with|range)\b(.*)$/s.exec(part.text) ?? []
      if (kind === 'if' || kind === 'with' || kind === 'range') {
        const controlled = parseControl(kind, words, { parts: rest, depth })
        nodes.push(controlled.node)
        rest = controlled.rest
      } else nodes.push(parseAction(part.text))
    }
  }
  return { nodes, rest }
}

function parseControl(
  kind: 'if' | 'with' | 'range',
  words: string,
  { parts, depth }: { readonly parts: readonly Part[]; readonly depth: number },
): { readonly node: TemplateNode; readonly rest: readonly Part[] } {
  const [, declared, expression = words] = /^\s*(\$\w+(?:\s*,\s*\$\w+)?)\s*:=(.*)$/s.exec(words) ?? []
  const head = {
    kind,
    variables: declared?.split(',').map((name) => name.trim()) ?? [],
    pipeline: parsePipeline(expression),
  }
  const body = parseBlock(parts, depth + 1)
  const [end, ...after] = body.rest
  if (end === undefined) throw invalid(`{{${kind}}} has no {{end}}`)
  if (end.text === 'end') return { node: { ...head, body: body.nodes, otherwise: [] }, rest: after }
  const [, chained = ''] = /^else\s+if\b(.*)$/s.exec(end.text) ?? []
  if (chained !== '') {
    const { node, rest } = parseControl('if', chained, { parts: after, depth: depth + 1 })
    return { node: { ...head, body: body.nodes, otherwise: [node] }, rest }
  }
  const otherwise = parseBlock(after, depth + 1)
  const [last, ...rest] = otherwise.rest
  if (last?.text !== 'end') throw invalid(`{{${kind}}} has no {{end}}`)
  return { node: { ...head, body: body.nodes, otherwise: otherwise.nodes }, rest }
}

function parseAction(text: string): TemplateNode {
  const [keyword = ''] = /^\w+/.exec(text) ?? []
  if (['define', 'template', 'block', 'break', 'continue'].includes(keyword))
    throw invalid(`{{${keyword}}} is not supported`)
  const [, name, expression = ''] = /^(\$\w+)\s*:?=(.*)$/s.exec(text) ?? []
  return name === undefined
    ? { kind: 'print', pipeline: parsePipeline(text) }
    : { kind: 'assign', name, pipeline: parsePipeline(expression) }
}

function parsePipeline(text: string): Pipeline {
  const tokens = tokenize(text)
  const { pipeline, rest } = readPipeline(tokens, 0)
  if (rest.length > 0) throw invalid(`unexpected "${rest[0]}" in "${text.trim()}"`)
  return pipeline
}

function tokenize(text: string): readonly string[] {
  const tokens: string[] = []
  token.lastIndex = 0
  while (token.lastIndex < text.length) {
    const at = token.lastIndex
    const [found] = token.exec(text) ?? []
    if (found === undefined) throw invalid(`cannot read "${text.slice(at).trim()}"`)
    if (found.trim() !== '') tokens.push(found)
  }
  return tokens
}

function readPipeline(
  tokens: readonly string[],
  depth: number,
): { readonly pipeline: Pipeline; readonly rest: readonly string[] } {
  if (depth > maximumDepth) throw invalid('it is nested too deeply')
  const commands: Operand[][] = [[]]
  let rest = tokens
  for (let [word] = rest; word !== undefined && !word.startsWith(')'); [word] = rest) {
    rest = rest.slice(1)
    if (word === '|') commands.push([])
    else if (word === '(') {
      const inner = readPipeline(rest, depth + 1)
      const [close, ...after] = inner.rest
      if (close === undefined) throw invalid('")" is missing')
      commands.at(-1)?.push({ kind: 'group', pipeline: inner.pipeline, path: fieldPath(close.slice(1)) })
      rest = after
    } else commands.at(-1)?.push(readOperand(word))
  }
  if (commands.some((words) => words.length === 0)) throw invalid('a command is missing')
  return { pipeline: commands, rest }
}

function readOperand(word: string): Operand {
  if (word.startsWith('"')) return { kind: 'literal', value: readString(word) }
  if (word.startsWith('`')) return { kind: 'literal', value: word.slice(1, -1) }
  if (/^-?\d/.test(word)) return { kind: 'literal', value: Number(word) }
  if (word === 'true' || word === 'false') return { kind: 'literal', value: word === 'true' }
  if (word === 'nil') return { kind: 'literal', value: null }
  if (word.startsWith('.')) return { kind: 'field', path: fieldPath(word) }
  if (word.startsWith('$')) {
    const [variable = '$', ...path] = word.split('.')
    return { kind: 'field', variable, path }
  }
  if (/^[a-z]\w*$/i.test(word)) return { kind: 'call', name: word }
  throw invalid(`cannot read "${word}"`)
}

function fieldPath(text: string): readonly string[] {
  return text.split('.').filter((name) => name !== '')
}

/** The escapes that JSON has as well; others are refused. */
function readString(word: string): string {
  try {
    const value: unknown = JSON.parse(word)
    return String(value)
  } catch {
    throw invalid(`cannot read the string ${word}`)
  }
}

/** Error for a template. */
export function invalid(reason: string): UsageError {
  return new UsageError(`invalid --format: ${reason}`, {
    hint: 'a template is text with fields, such as {{.Name}} or {{json .}} (docs/formatting.md)',
  })
}
