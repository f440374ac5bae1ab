import type { Reference } from '@tsbuild/oci'
import type { Repository } from '@tsbuild/registry'
import type { AssembledImage } from '../image/assemble.ts'
import type { SolvedTarget } from '../image/target.ts'
import type { StatementSource } from '../image/statement-source.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import type { Reporter } from '../progress/event.ts'

/** What an output made: one line for people, and the names an image has now. */
export interface Exported {
  readonly description: string
  readonly names: readonly string[]
}

/** What every exporter may use. */
export interface ExportContext {
  readonly store: LayerStore
  readonly targets: readonly SolvedTarget[]
  /** The image in the form the output asks for. */
  image(): Promise<AssembledImage>
  /** What is to be said about each target; absent where nobody asked for anything. */
  readonly statements?: StatementSource
  repository(reference: Reference, options: { readonly insecure: boolean }): Repository
  /** Id under which progress is reported. */
  readonly vertex: string
  readonly report: Reporter
  readonly signal: AbortSignal
  /** Seconds; the date of what is written, where SOURCE_DATE_EPOCH fixes it. */
  readonly epoch?: number
}
