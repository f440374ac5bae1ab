import type { Failure } from '../../failure.ts'
import type { Sink } from '../invocation/invocation.ts'
import { paint } from '../render/frame.ts'
import { writeJsonLine } from '../render/json.ts'
import { safeBlock, safeText } from '../render/safe-text.ts'

/** Format of a failure. */
export interface FailureFormat {
  /** One JSON line instead of text. */
  readonly json: boolean
  readonly colors: boolean
  /** Stack, for debugging tsbuild itself. */
  readonly stack?: string
}

/**
 * Prints a failure: message, causes that say something new, place, code frame, hint; or all of it
 * as one JSON line.
 */
export function printFailure(
  sink: Pick<Sink, 'write'>,
  failure: Failure,
  { json, colors, stack }: FailureFormat,
): void {
  if (json) return writeJsonLine(sink, { type: 'error', ...failure, ...(stack !== undefined && { stack }) })
  const { file, line, column, frame, hint } = failure
  const blocks = [
    `${paint('31', 'error', { colors })}: ${shownBlock(failure.message)}`,
    ...newCauses(failure).map((cause) => `  caused by: ${shownBlock(cause)}`),
    ...(file === undefined ? [] : ['', `${safeText(file)}:${line}:${column}`]),
    ...(frame === undefined ? [] : [frame]),
    ...(hint === undefined
      ? []
      : [...(file === undefined ? [] : ['']), `${paint('36', 'hint', { colors })}: ${shownLine(hint)}`]),
    ...(stack === undefined ? [] : ['', safeBlock(stack)]),
  ]
  sink.write(`${blocks.join('\n')}\n`)
}

function newCauses({ message, causes }: Failure): readonly string[] {
  const messages = causes.map((cause) => cause.message)
  return messages.filter(
    (text, index) => ![message, ...messages.slice(0, index)].some((said) => said.includes(withoutCall(text))),
  )
}

/**
 * A message of the system without the call and the path: the message around it names what the user
 * knows.
 */
function withoutCall(text: string): string {
  return text.replace(/, \w+ '.*$/s, '').replace(/^cannot [a-z ]+ "[^"]*"(?: to "[^"]*")?: /i, '')
}

/** A name that fills the screen. The whole of it is in the JSON form. */
const endless = /\S{300,}/g

function shortened(name: string): string {
  return `${name.slice(0, 120)}…${name.slice(-40)}`.toWellFormed()
}

/** Lines of a message, safe to print and with endless names shortened. */
function shownBlock(text: string): string {
  return safeBlock(text.replace(endless, shortened))
}

/** A hint may list names that others gave, with line breaks in them. */
function shownLine(text: string): string {
  return shownBlock(text.replaceAll(/\s*\n\s*/g, ' '))
}
