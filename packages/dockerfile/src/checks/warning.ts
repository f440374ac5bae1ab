import type { Warning } from '../syntax/dockerfile.ts'
import type { Range } from '@tsbuild/errors'

const documentation = 'https://docs.docker.com/go/dockerfile/rule'

/**
 * A warning of a lint rule; its URL is derived from the rule's name. `detail` is the sentence
 * BuildKit prints.
 */
export function warning(rule: string, detail: string, range: Range): Warning {
  const page = rule.replace(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '-').toLowerCase()
  return { rule, message: detail, range, url: `${documentation}/${page}/` }
}
