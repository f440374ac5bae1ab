import { isDocument, type Skipped } from '@tsbuild/content'
import type { Descriptor, Digest } from '@tsbuild/oci'
import type { BuildEvent, ImageCopied, Reporter } from './event.ts'

type TransferEvent = Extract<BuildEvent, { readonly type: 'transfer' }>

/** Bytes of an image, by what happened to them. */
export type TransferTally = Pick<ImageCopied, 'size' | 'moved' | 'existing' | 'mounted' | 'linked'>

interface Content {
  readonly done: number
  readonly size: number
  readonly skipped: Skipped | undefined
}

/** Destination of transfers as events describe it. */
export interface TransferPlace {
  readonly report: Reporter
  readonly vertex: string
  /** Word for what is taken over without moving bytes. Default: `mounted`. */
  readonly adopted?: 'mounted' | 'linked'
}

/**
 * Reports contents that move, one transfer for each: what refers to an image leads to all of it
 * once more. Adds up what moved.
 */
export class TransferReport {
  readonly #place: TransferPlace
  readonly #contents = new Map<Digest, Content>()
  #isWhole = true

  constructor(place: TransferPlace) {
    this.#place = place
  }

  /** Takes the progress of a copy; to be passed on as it is. */
  readonly onProgress = (descriptor: Descriptor, done: number, skipped?: Skipped): unknown => {
    const { digest, size } = descriptor
    const before = this.#contents.get(digest)
    if (before !== undefined && before.done >= before.size) return undefined
    this.#contents.set(digest, { done, size, skipped })
    if (skipped === 'exists' && isDocument(descriptor)) this.#isWhole = false
    const { report, vertex } = this.#place
    const event: TransferEvent = { type: 'transfer', vertex, id: digest, done, total: size }
    return report(skipped === undefined ? event : { ...event, skipped: this.#wordFor(skipped) })
  }

  /**
   * Bytes so far. `size` is that of the image, where its parts were not looked at: a manifest that
   * a registry has vouches for them.
   */
  tally(size = this.#isWhole ? this.#sum() : undefined): TransferTally {
    const moved = this.#sum(({ skipped }) => skipped === undefined)
    const existing = this.#sum(({ skipped }) => skipped === 'exists')
    const adopted = this.#sum(({ skipped }) => skipped === 'adopted')
    return {
      ...(size !== undefined && { size }),
      moved,
      existing: Math.max(existing, (size ?? 0) - moved - adopted),
      ...(adopted > 0 && { [this.#wordFor('adopted')]: adopted }),
    }
  }

  #sum(wanted: (content: Content) => boolean = () => true): number {
    return [...this.#contents.values()].reduce((sum, content) => (wanted(content) ? sum + content.done : sum), 0)
  }

  #wordFor(skipped: Skipped): NonNullable<TransferEvent['skipped']> {
    return skipped === 'exists' ? 'exists' : (this.#place.adopted ?? 'mounted')
  }
}
