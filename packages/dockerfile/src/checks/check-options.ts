import { trim } from '../text/blank.ts'
import type { Dockerfile } from '../syntax/dockerfile.ts'
import { DockerfileError } from '../text/errors.ts'
import { quoteGo } from '../text/quote-go.ts'
import type { ErrorDetails, Range } from '@tsbuild/errors'
import { didYouMean } from '../text/suggest.ts'

/** Selection of rules. */
export interface CheckOptions {
  readonly skip: ReadonlySet<string> | 'all'
  /** Experimental rules that are on. */
  readonly experimental: ReadonlySet<string> | 'all'
  /** Any warning fails the build. */
  readonly error: boolean
}

const none: CheckOptions = { skip: new Set(), experimental: new Set(), error: false }
const truths = ['1', 't', 'T', 'TRUE', 'true', 'True']
const keys = ['skip', 'experimental', 'error']
const lies = ['0', 'f', 'F', 'FALSE', 'false', 'False']

/**
 * The options of a file: `override` (the build argument BUILDKIT_DOCKERFILE_CHECK) if given, else
 * its `# check=` directive. Throws CHECK_OPTION_INVALID.
 */
export function checkOptions(
  { directives, text }: Pick<Dockerfile, 'directives' | 'text'>,
  override?: string,
): CheckOptions {
  try {
    return parseCheckOptions(override ?? directives.check ?? '')
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error
    const { word, hint, suggestion } = error
    throw problem(
      `failed to parse ${override === undefined ? 'check options' : 'BUILDKIT_DOCKERFILE_CHECK'}: ${error.message}`,
      {
        ...(override === undefined && word !== undefined && { range: directiveRange(text), word }),
        hint,
        suggestion,
      },
    )
  }
}

/**
 * Reads `skip=A,B;experimental=all;error=true`, every part optional. Only the first word of the
 * text counts.
 */
export function parseCheckOptions(text: string): CheckOptions {
  const [word = ''] = trim(text).split(' ', 1)
  if (word === '') return none
  let options = none
  for (const part of word.split(';')) {
    const equals = part.indexOf('=')
    if (equals === -1)
      throw problem(`invalid check option ${quoteGo(part)}`, { word: part, hint: 'write it like skip=A,B;error=true' })
    options = { ...options, ...readOption(trim(part.slice(0, equals)), trim(part.slice(equals + 1)), part) }
  }
  return options
}

/**
 * Options of an instruction: those of the file, with what the comments right above it add.
 * Unreadable ones add nothing.
 */
export function withComments(options: CheckOptions, comments: readonly string[]): CheckOptions {
  const value = comments.map((comment) => /^check\s*=\s*(\S+)/i.exec(comment)?.[1]).find((found) => found !== undefined)
  if (value === undefined) return options
  try {
    const { skip, experimental } = parseCheckOptions(value)
    return { ...options, skip: union(options.skip, skip), experimental: union(options.experimental, experimental) }
  } catch (error) {
    if (error instanceof DockerfileError) return options
    throw error
  }
}

function readOption(key: string, value: string, part: string): Partial<CheckOptions> {
  if (key === 'skip') return { skip: parseRules(value) }
  if (key === 'experimental') return { experimental: parseRules(value) }
  if (key !== 'error') throw problem(`invalid check option ${quoteGo(key)}`, { word: key, ...didYouMean(key, keys) })
  if (!truths.includes(value) && !lies.includes(value))
    throw problem(`failed to parse check option ${quoteGo(part)}`, { word: value, hint: 'write true or false' })
  return { error: truths.includes(value) }
}

function parseRules(value: string): ReadonlySet<string> | 'all' {
  return value === 'all' ? 'all' : new Set(value.split(',').map(trim))
}

function union(a: ReadonlySet<string> | 'all', b: ReadonlySet<string> | 'all'): ReadonlySet<string> | 'all' {
  return a === 'all' || b === 'all' ? 'all' : new Set([...a, ...b])
}

/** The line of the directive. */
function directiveRange(text: string): Range {
  const lines = text.split('\n')
  const index = lines.findIndex((line) => /^#\s*check\s*=/i.test(line))
  return {
    start: { line: index + 1, column: 1 },
    end: { line: index + 1, column: (lines[index] ?? '').trimEnd().length + 1 },
  }
}

function problem(message: string, details: ErrorDetails = {}): DockerfileError {
  return new DockerfileError('CHECK_OPTION_INVALID', message, details)
}
