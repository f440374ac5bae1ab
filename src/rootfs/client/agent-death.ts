import type { ProcessResult } from '@tsbuild/isolate'
import type { Readable } from 'node:stream'
import { RootfsError } from '../protocol/rootfs-error.ts'

/** More than the report of an uncaught error, and little enough to keep. */
const tailSize = 16 << 10

/** The end of what a stream delivers, when it has ended. */
export async function readTail(stream: Readable | null): Promise<string> {
  let tail = ''
  if (stream) for await (const chunk of stream) tail = `${tail}${String(chunk)}`.slice(-tailSize)
  return tail
}

/**
 * The error for an agent that ended while it was needed: how it ended and, from its standard error,
 * why.
 */
export function agentDeath({ exitCode, signal, outOfMemory }: ProcessResult, stderr: string): RootfsError {
  const how = signal === undefined ? `exit code ${exitCode}` : `killed by ${signal}`
  const reason = outOfMemory ? 'the kernel ran out of memory' : lastError(stderr)
  const hint = outOfMemory
    ? 'give the build more memory, or run fewer steps at the same time'
    : signal === 'SIGKILL'
      ? 'the kernel does so when memory runs out, and so do supervisors: see dmesg'
      : undefined
  return new RootfsError(
    'AGENT_DIED',
    `the process that holds the mounts of this build ended early: ${how}${reason && `: ${reason}`}`,
    { hint, cause: stderr === '' ? undefined : new Error(stderr.trim()) },
  )
}

/** The line that names an error in what Node prints about an uncaught one, else the last line. */
function lastError(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '')
  return (lines.findLast((line) => /^(?:FATAL ERROR|\w*Error)\b/.test(line)) ?? lines.at(-1) ?? '').trim()
}
