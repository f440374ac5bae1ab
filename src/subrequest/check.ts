import { adviceRules, DockerfileError, rules, type Warning } from '@tsbuild/dockerfile'
import { lint, type LintResult } from '../frontend/lint.ts'
import { LowerError } from '../frontend/plan/lower-error.ts'
import { refuseWarnings } from '../frontend/warnings.ts'
import type { SubrequestAnswer } from './subrequest-answer.ts'
import { type SubrequestInput, openSubrequest } from './subrequest-input.ts'
import { lenientResolver } from './lenient-resolver.ts'
import { linesIn, type LinesOf, toLocation } from './location.ts'
import { sourceFrame } from './source-frame.ts'

/** Findings, and the lines that their ranges refer to. */
interface Findings extends LintResult {
  readonly lines: LinesOf
}

/**
 * Tells what the linter finds, and what would stop a build before its first step: in all stages, or
 * without those that the target does not need. The answer failed when there is anything to tell.
 */
export async function check(input: SubrequestInput): Promise<SubrequestAnswer> {
  const resolver = lenientResolver(input.resolver)
  const findings = await collectFindings({ ...input, resolver })
  const { warnings, error } = findings
  return {
    text: formatText(findings, input),
    json: formatJson(findings, input),
    ...(error !== undefined && { error: describe(findings, error, input) }),
    notes: resolver.notes(),
    failed: warnings.length > 0 || error !== undefined,
  }
}

async function collectFindings(input: SubrequestInput): Promise<Findings> {
  try {
    const { dockerfile, options } = await openSubrequest(input)
    const result = await lint(dockerfile, options, input.resolver)
    const lines = linesIn(dockerfile)
    return {
      ...result,
      lines,
      ...(result.error === undefined && violation(() => refuseWarnings(dockerfile, options, result.warnings))),
    }
  } catch (error) {
    if (!isBuildError(error)) throw error
    return { warnings: [], error, lines: ({ start, end }) => ({ first: start.line, last: end.line }) }
  }
}

/** Warnings that are errors: which they are, no line is to blame. */
function violation(refuse: () => void): Pick<LintResult, 'error'> {
  try {
    refuse()
    return {}
  } catch (error) {
    if (!(error instanceof LowerError)) throw error
    return { error: new LowerError(error.code, error.message) }
  }
}

function formatText({ warnings, error, lines }: Findings, { source }: SubrequestInput): string {
  if (warnings.length === 0) return error === undefined ? 'Check complete, no warnings found.\n' : ''
  const count = warnings.length === 1 ? '1 warning has' : `${warnings.length} warnings have`
  const told = warnings.map(
    ({ rule, url, message, range }) =>
      `\nWARNING: ${rule}${url === undefined ? '' : ` - ${url}`}\n${message}\n${sourceFrame(source, lines(range))}`,
  )
  return `Check complete, ${count} been found!\n${told.join('')}${error === undefined ? '' : '\n'}`
}

function formatJson({ warnings, error, lines }: Findings, { source }: SubrequestInput): object {
  const formatWarning = ({ rule, url, message, range }: Warning): object => ({
    ruleName: rule,
    description: (rules.get(rule) ?? adviceRules.get(rule))?.description,
    ...(url !== undefined && { url }),
    detail: message,
    location: toLocation(lines(range)),
  })
  return {
    warnings: warnings.map(formatWarning),
    sources: [{ filename: source.name, data: Buffer.from(source.text).toString('base64'), language: 'Dockerfile' }],
    ...(error !== undefined && {
      buildError: { message: formatMessage(error), location: error.range ? toLocation(lines(error.range)) : {} },
    }),
  }
}

function describe({ lines }: Findings, error: DockerfileError | LowerError, { source }: SubrequestInput): string {
  return `${formatMessage(error)}\n${error.range ? sourceFrame(source, lines(error.range)) : ''}`
}

/** The message with its hint where that is a guess at what was meant, as BuildKit words it. */
function formatMessage({ message, hint }: DockerfileError | LowerError): string {
  return hint?.startsWith('did you mean') ? `${message} (${hint})` : message
}

function isBuildError(error: unknown): error is DockerfileError | LowerError {
  return error instanceof DockerfileError || error instanceof LowerError
}
