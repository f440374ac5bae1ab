import type { Sink } from '../invocation/invocation.ts'
import { safeBlock } from './safe-text.ts'

/** Writes a document byte by byte; to a terminal as safe text, since others wrote it. */
export function writeRaw(stdout: Pick<Sink, 'write' | 'isTTY'>, document: Uint8Array): void {
  stdout.write(stdout.isTTY === true ? safeBlock(Buffer.from(document).toString('utf8')) : document)
}
