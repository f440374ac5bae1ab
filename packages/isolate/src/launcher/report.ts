import type { Socket } from 'node:net'
import { recordKey } from '../machine/children.ts'
import { recordSize } from '../machine/machine-code.ts'

/** Reports of a launcher so far. */
export interface Report {
  /** The process that goes on, where the launcher stayed behind as its parent. */
  pid?: number
  /** The descriptor of the process that is a seccomp listener. */
  listener?: number
  /** The launcher that the program of the first one starts has begun. */
  further?: boolean
  /** End of that process, as wait(2) has it. */
  status?: number
  /** The row that failed. */
  failure?: { readonly address: bigint; readonly errno: number }
}

/**
 * Reads records until the launcher and its child have closed their end; `onChange` is called when
 * `pid`, `listener` or `failure` is known.
 */
export async function readReport(
  channel: Socket,
  report: Report,
  onChange: (known: 'pid' | 'listener' | 'failure') => void,
): Promise<void> {
  let rest = Buffer.alloc(0)
  const chunks: AsyncIterable<Buffer> = channel
  for await (const chunk of chunks) {
    rest = Buffer.concat([rest, chunk])
    for (; rest.length >= recordSize; rest = rest.subarray(recordSize)) {
      const key = rest.readBigUInt64LE(0)
      const value = rest.readInt32LE(8)
      if (key === recordKey.status) {
        report.status = value
      } else if (key === recordKey.further) {
        report.further = true
      } else if (key === recordKey.pid) {
        // Only the first is of the launcher: a further one runs where others may write.
        if (report.pid !== undefined) continue
        report.pid = value
        onChange('pid')
      } else if (key === recordKey.listener) {
        report.listener = value
        onChange('listener')
      } else {
        report.failure = { address: key, errno: value }
        onChange('failure')
      }
    }
  }
}
