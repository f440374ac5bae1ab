import type { CopyOptions } from '@tsbuild/content'
import type { Descriptor } from '@tsbuild/oci'
import type { Reporter } from '../../progress/event.ts'
import { TransferReport } from '../../progress/transfer-report.ts'
import { asTransferError } from '../../transfer-error.ts'
import { type CopyEndpoint, formatPlace } from './place.ts'

/** Kind of a copy, as its user calls it. */
export type CopyVerb = 'push' | 'pull' | 'copy' | 'write'

/** A copy to one place. */
export interface ReportedCopy {
  readonly verb: CopyVerb
  readonly from: CopyEndpoint
  readonly to: CopyEndpoint
  readonly descriptor: Descriptor
  readonly report: Reporter
}

const words: Readonly<Record<CopyVerb, { readonly now: string; readonly done: string }>> = {
  push: { now: 'pushing', done: 'pushed' },
  pull: { now: 'pulling', done: 'pulled' },
  copy: { now: 'copying', done: 'copied' },
  write: { now: 'writing', done: 'wrote' },
}

/** Names a copy for messages: `push app:1.0`, `copy app:1.0 to registry.example/app:1.0`. */
export function nameCopy(verb: string, from: CopyEndpoint, to?: CopyEndpoint): string {
  const image = formatPlace(from)
  return to === undefined || /^(?:pu|wr)/.test(verb) ? `${verb} ${image}` : `${verb} ${image} to ${formatPlace(to)}`
}

/**
 * Copies and reports it: as a step with its transfers, and at its end the image with what moved.
 * `readSize` gives the bytes of the image. An error names the copy.
 */
export async function reportCopy<T>(
  { verb, from, to, descriptor, report }: ReportedCopy,
  copy: (onProgress: NonNullable<CopyOptions['onProgress']>) => Promise<T>,
  readSize: () => Promise<number | undefined>,
): Promise<T> {
  const started = Date.now()
  const vertex = `copy-${formatPlace(to)}`
  const isLocal = to.kind === 'store' || to.kind === 'layout'
  const transfers = new TransferReport({ report, vertex, adopted: isLocal ? 'linked' : 'mounted' })
  await report({ type: 'vertex-started', vertex, name: nameCopy(words[verb].now, from, to), time: started })
  try {
    const result = await copy(transfers.onProgress)
    const time = Date.now()
    const size = await readSize()
    await report({ type: 'vertex-finished', vertex, time })
    await report({
      type: 'image-copied',
      vertex,
      time,
      text: nameCopy(words[verb].done, from, to),
      digest: descriptor.digest,
      ...transfers.tally(size),
      duration: time - started,
    })
    return result
  } catch (error) {
    const named = asTransferError(nameCopy(verb, from, to), error)
    const message = named instanceof Error ? named.message : String(named)
    await report({ type: 'vertex-finished', vertex, time: Date.now(), error: message })
    throw named
  }
}
