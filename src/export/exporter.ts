import type { Reference } from '@tsbuild/oci'
import type { Repository } from '@tsbuild/registry'
import type { AssembledImage } from '../image/assemble.ts'
import type { SolvedTarget } from '../image/target.ts'
import type { StatementSource } from '../image/statement-source.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import type { Reporter } from '../progress/event.ts'
import type { LayerUploads } from './push/layer-uploads.ts'

/** Result of an output: one line for people, and the new names of an image. */
export interface Exported {
  readonly description: string
  readonly names: readonly string[]
}

/** Input of every exporter. */
export interface ExportContext {
  readonly store: LayerStore
  readonly targets: readonly SolvedTarget[]
  /** The image in the form the output asks for. */
  image(): Promise<AssembledImage>
  /** Statements about each target; absent where none are requested. */
  readonly statements?: StatementSource
  repository(reference: Reference, options: { readonly insecure: boolean }): Repository
  /** Uploads that began before the image was complete. */
  readonly uploads?: LayerUploads
  /** Id under which progress is reported. */
  readonly vertex: string
  readonly report: Reporter
  readonly signal: AbortSignal
  /** Seconds; the date of what is written, where SOURCE_DATE_EPOCH fixes it. */
  readonly epoch?: number
}
