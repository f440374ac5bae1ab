import { splitBlanks } from '../text/blank.ts'
import { failure } from '../text/failure.ts'
import type { Flags } from '../syntax/read-flags.ts'
import { asHeredocWord } from '../syntax/heredoc.ts'
import type { CopyInstruction, CopySource, Heredoc } from '../syntax/instruction.ts'
import { parseJsonArray } from '../text/parse-json-array.ts'
import type { InstructionText } from '../syntax/split-instructions.ts'

/**
 * Sources and destination of COPY and ADD. Quotes do not group words here; paths with blanks need
 * the JSON form.
 */
export function parsePaths(text: InstructionText): { sources: readonly CopySource[]; destination: string } {
  const words = parseJsonArray(text.rest) ?? splitBlanks(text.rest)
  const destination = words.at(-1) ?? ''
  const keyword = text.keyword.toUpperCase()
  if (words.length < 2) {
    const message = `${keyword} requires at least two arguments, but only one was provided. Destination could not be determined`
    throw failure(text, 'ARGUMENTS_INVALID', {
      message,
      word: destination,
      hint: `say where to: ${keyword} ${destination || 'SOURCE'} /app/`,
    })
  }
  if (asHeredocWord(destination) !== undefined) {
    throw failure(text, 'HEREDOC_MISPLACED', {
      message: `${keyword} cannot accept a heredoc as a destination`,
      word: destination,
    })
  }
  const bodies = new Map(text.heredocs.map((heredoc) => [heredoc.name, heredoc]))
  const paths: CopySource[] = []
  const heredocs: CopySource[] = []
  for (const word of words.slice(0, -1)) {
    const heredoc = heredocSource(word, bodies)
    if (heredoc === undefined) paths.push({ kind: 'path', text: word })
    else heredocs.push({ kind: 'heredoc', heredoc })
  }
  return { sources: [...paths, ...heredocs], destination }
}

/** Of two heredocs with one name the last body is the content of both. */
function heredocSource(word: string, bodies: ReadonlyMap<string, Heredoc>): Heredoc | undefined {
  const announced = asHeredocWord(word)
  if (announced === undefined) return undefined
  const body = bodies.get(announced.name)
  const raw = body?.raw ?? body?.content ?? ''
  return {
    ...announced,
    content: announced.stripTabs ? raw.replace(/^\t+/gm, '') : raw,
    ...(announced.stripTabs && { raw }),
  }
}

/** The flags COPY and ADD share. */
export function copyFlags(
  flags: Flags<'chown' | 'chmod', 'link', 'exclude'>,
): Pick<CopyInstruction, 'chown' | 'chmod' | 'link' | 'exclude'> {
  const chown = flags.text('chown')
  const chmod = flags.text('chmod')
  return {
    ...(chown !== undefined && { chown }),
    ...(chmod !== undefined && { chmod }),
    link: flags.boolean('link') === true,
    exclude: flags.list('exclude'),
  }
}
