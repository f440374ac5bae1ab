import { createHash } from 'node:crypto'
import { relative } from 'node:path'

/** Document that `--check` answers with, as far as the forms below read it. */
export interface CheckDocument {
  readonly warnings: readonly {
    readonly ruleName: string
    readonly description?: string
    readonly url?: string
    readonly detail: string
    readonly location: CheckLocation
  }[]
  readonly sources?: readonly { readonly filename: string }[]
  readonly buildError?: { readonly message: string; readonly location: Partial<CheckLocation> }
}

interface CheckLocation {
  readonly ranges: readonly { readonly start: { readonly line: number } }[]
}

/** One finding in a file. */
export interface Finding {
  readonly level: 'error' | 'warning'
  /** Name of the rule; `error` for what stops the build. */
  readonly rule: string
  readonly description: string
  readonly url?: string
  readonly message: string
  /** First and last line, from 1. */
  readonly lines: readonly [first: number, last: number]
}

/** The findings of a document, the error that stops the build last. */
export function listFindings({ warnings, buildError }: CheckDocument): readonly Finding[] {
  const found = warnings.map(({ ruleName, description = ruleName, url, detail, location }): Finding => {
    return {
      level: 'warning',
      rule: ruleName,
      description,
      message: detail,
      lines: linesOf(location),
      ...(url !== undefined && { url }),
    }
  })
  if (buildError === undefined) return found
  const { message, location } = buildError
  return [
    ...found,
    { level: 'error', rule: 'error', description: 'The Dockerfile cannot be built', message, lines: linesOf(location) },
  ]
}

/** SARIF 2.1.0, which GitHub code scanning and editors read. */
export function formatSarif(findings: readonly Finding[], file: string, version: string): string {
  const rules = new Map(findings.map((finding) => [finding.rule, finding]))
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'tsbuild',
            semanticVersion: version,
            rules: [...rules.values()].map(({ rule, description, url }) => ({
              id: rule,
              shortDescription: { text: description },
              ...(url !== undefined && { helpUri: url }),
            })),
          },
        },
        results: findings.map(({ rule, level, message, lines: [startLine, endLine] }) => ({
          ruleId: rule,
          level,
          message: { text: message },
          locations: [
            { physicalLocation: { artifactLocation: { uri: encodeURI(file) }, region: { startLine, endLine } } },
          ],
        })),
      },
    ],
  }
  return `${JSON.stringify(log, undefined, 2)}\n`
}

/** A report of GitLab's code quality widget, in the format of Code Climate. */
export function formatCodeQuality(findings: readonly Finding[], file: string): string {
  const seen = new Map<string, number>()
  const entries = findings.map(({ rule, level, message, lines: [begin, end] }) => {
    // Equal on every run though lines move, so that only new findings are shown as new.
    const base = `${file}\n${rule}\n${message}`
    const count = seen.get(base) ?? 0
    seen.set(base, count + 1)
    return {
      description: message,
      check_name: rule,
      fingerprint: createHash('sha256').update(`${base}\n${count}`).digest('hex'),
      severity: level === 'error' ? 'blocker' : 'minor',
      location: { path: file, lines: { begin, end } },
    }
  })
  return `${JSON.stringify(entries, undefined, 2)}\n`
}

/** Path of a file below the directory of the checkout, as both forms want it. */
export function pathInCheckout(file: string, checkout: string): string {
  const path = relative(checkout, file)
  return path.startsWith('..') ? file : path
}

function linesOf({ ranges = [] }: Partial<CheckLocation>): readonly [number, number] {
  return [ranges[0]?.start.line ?? 1, ranges.at(-1)?.start.line ?? 1]
}
