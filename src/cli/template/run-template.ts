import { invalid, parseTemplate } from './parse-template.ts'
import { field, isTrue, printed, templateFunctions } from './template-functions.ts'
import type { Operand, Pipeline, TemplateNode } from './template-node.ts'

/** Characters of output that one value may give. */
const maximumOutput = 16 << 20

/**
 * A template as a function of a value, which JSON could hold. Throws `UsageError` for a malformed
 * one, and the function for a call that does not fit the value.
 */
export function compileTemplate(text: string): (value: unknown) => string {
  const nodes = parseTemplate(text)
  return (value) => new Run(value).text(nodes, { dot: value, variables: new Map() })
}

interface Scope {
  readonly dot: unknown
  readonly variables: ReadonlyMap<string, unknown>
}

class Run {
  readonly #root: unknown
  #length = 0

  constructor(root: unknown) {
    this.#root = root
  }

  text(nodes: readonly TemplateNode[], scope: Scope): string {
    let variables = scope.variables
    let output = ''
    for (const node of nodes) {
      const inner = { dot: scope.dot, variables }
      if (node.kind === 'assign') variables = new Map([...variables, [node.name, this.#evaluate(node.pipeline, inner)]])
      else output += this.#node(node, inner)
    }
    return output
  }

  #node(node: Exclude<TemplateNode, { kind: 'assign' }>, scope: Scope): string {
    if (node.kind === 'text') return this.#counted(node.text)
    const value = this.#evaluate(node.pipeline, scope)
    if (node.kind === 'print') return this.#counted(printed(value))
    if (!isTrue(value)) return this.text(node.otherwise, scope)
    if (node.kind === 'if') return this.text(node.body, scope)
    if (node.kind === 'with') return this.text(node.body, bound(scope, node.variables, [value]))
    return elements(value)
      .map(([key, each]) => {
        const values = node.variables.length === 1 ? [each] : [key, each]
        return this.text(node.body, bound({ ...scope, dot: each }, node.variables, values))
      })
      .join('')
  }

  /** Bounds nested ranges. */
  #counted(text: string): string {
    this.#length += text.length
    if (this.#length > maximumOutput) throw invalid('the output is too long')
    return text
  }

  #evaluate(pipeline: Pipeline, scope: Scope): unknown {
    let result: readonly unknown[] = []
    for (const [first, ...others] of pipeline) {
      const values = [...others.map((operand) => this.#operand(operand, scope)), ...result]
      if (first === undefined) throw invalid('a command is missing')
      if (first.kind === 'call') result = [call(first.name, values)]
      else if (values.length > 0) throw invalid('a field takes no arguments')
      else result = [this.#operand(first, scope)]
    }
    return result[0]
  }

  #operand(operand: Operand, scope: Scope): unknown {
    switch (operand.kind) {
      case 'literal':
        return operand.value
      case 'call':
        return call(operand.name, [])
      case 'group':
        return operand.path.reduce(field, this.#evaluate(operand.pipeline, scope))
      case 'field': {
        const { variable, path } = operand
        if (variable === undefined) return path.reduce(field, scope.dot)
        if (variable === '$') return path.reduce(field, this.#root)
        if (!scope.variables.has(variable)) throw invalid(`undefined variable "${variable}"`)
        return path.reduce(field, scope.variables.get(variable))
      }
    }
  }
}

function call(name: string, values: readonly unknown[]): unknown {
  const action = templateFunctions.get(name)
  if (action === undefined)
    throw invalid(`unknown function "${name}"; there are ${[...templateFunctions.keys()].join(', ')}`)
  return action(...values)
}

function bound(scope: Scope, names: readonly string[], values: readonly unknown[]): Scope {
  const variables = new Map([...scope.variables, ...names.map((name, index) => [name, values[index]] as const)])
  const [value] = values
  return names.length === 0 && values.length === 1 ? { dot: value, variables } : { ...scope, variables }
}

/** Keys and elements in the order of Go: maps by key. */
function elements(value: unknown): readonly (readonly [unknown, unknown])[] {
  if (Array.isArray(value)) return value.map((each, index) => [index, each])
  if (typeof value === 'object' && value !== null) return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  throw invalid('range needs a list or a map')
}
