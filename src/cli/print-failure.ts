import type { Failure } from './failure.ts'
import type { Sink } from './invocation.ts'
import { paint } from './render/frame.ts'
import { writeJsonLine } from './render/json.ts'
import { safeText } from './render/safe-text.ts'

/** The Dockerfile a failure may point into. */
export interface SourceText {
  /** As the user knows it. */
  readonly name: string
  readonly text: string
}

/** How a failure is printed. */
export interface FailureFormat {
  /** One JSON line instead of text. */
  readonly json: boolean
  readonly colors: boolean
  readonly source?: SourceText
  /** Printed as well, for whoever debugs tsbuild itself. */
  readonly stack?: string
}

/** Prints a failure: message, place, code frame, causes, hint; or the same as one JSON line. */
export async function printFailure(sink: Pick<Sink, 'write'>, failure: Failure, format: FailureFormat): Promise<void> {
  const frame = await frameOf(failure, format.source)
  if (format.json) return writeJsonLine(sink, { ...jsonOf(failure, format), ...(frame === undefined ? {} : { frame }) })
  const place = placeOf(failure, format.source)
  const blocks = [
    `${paint('31', 'error', format)}: ${safeBlock(failure.message)}`,
    ...failure.causes.map((cause) => `  caused by: ${safeBlock(cause)}`),
    ...(place === undefined ? [] : ['', place]),
    ...(frame === undefined ? [] : [frame, '']),
    ...(failure.hint === undefined ? [] : [`hint: ${safeBlock(failure.hint)}`]),
    ...(format.stack === undefined ? [] : ['', safeBlock(format.stack)]),
  ]
  sink.write(`${blocks.join('\n')}\n`)
}

function jsonOf(failure: Failure, { source, stack }: FailureFormat): object {
  const { code, message, causes, hint, range } = failure
  return {
    type: 'error',
    ...(code === undefined ? {} : { code }),
    message,
    ...(causes.length === 0 ? {} : { causes }),
    ...(hint === undefined ? {} : { hint }),
    ...(range === undefined ? {} : { file: source?.name ?? 'Dockerfile', line: range.start.line }),
    ...(stack === undefined ? {} : { stack }),
  }
}

function placeOf({ range }: Failure, source: SourceText | undefined): string | undefined {
  return range === undefined ? undefined : `${safeText(source?.name ?? 'Dockerfile')}:${range.start.line}`
}

async function frameOf({ range }: Failure, source: SourceText | undefined): Promise<string | undefined> {
  if (range === undefined || source === undefined) return undefined
  const { codeFrame } = await import('@tsbuild/dockerfile')
  return codeFrame(source.text, range)
}

/** Text of several lines, each of them safe. */
function safeBlock(text: string): string {
  return text
    .split('\n')
    .map((line) => safeText(line))
    .join('\n')
}
