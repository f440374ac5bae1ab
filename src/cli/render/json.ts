import { isUtf8 } from 'node:buffer'
import type { BuildEvent } from '../../progress/event.ts'
import type { Sink } from '../invocation/invocation.ts'
import type { Renderer } from './renderer.ts'
import { safeJson } from './safe-text.ts'

/**
 * Version of the line format, in its first line. Grows when a field changes its meaning or goes;
 * new fields and types are no change.
 */
const version = 1

/**
 * One JSON object a line: the events, after a line that names the version. The schema is in
 * src/progress/README.md.
 */
export function jsonRenderer(sink: Pick<Sink, 'write'>): Renderer {
  writeJsonLine(sink, { type: 'schema', version })
  return { report: (event) => writeJsonLine(sink, encodeEvent(event)), close: () => {} }
}

/** Writes one object as a line of its own. */
export function writeJsonLine(sink: Pick<Sink, 'write'>, value: object): void {
  sink.write(`${safeJson(value)}\n`)
}

/**
 * Log bytes become `text` where they are UTF-8, else base64 `data`; everything else stays as it is.
 */
function encodeEvent(event: BuildEvent): object {
  if (event.type !== 'log') return event
  const { data, ...rest } = event
  return isUtf8(data)
    ? { ...rest, text: Buffer.from(data).toString('utf8') }
    : { ...rest, data: Buffer.from(data).toString('base64') }
}
