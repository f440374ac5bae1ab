import type { SettledOutput } from './export/output.ts'
import type { Annotation } from './image/annotations.ts'
import type { BuildOptions } from './options.ts'
import type { CacheVerify, ContextFiles, Volume } from './option-values.ts'
import type { Reporter } from './progress/event.ts'

/** Options whose values have another form inside. */
type Translated =
  | 'addHosts'
  | 'context'
  | 'contexts'
  | 'annotations'
  | 'cacheVerify'
  | 'cwd'
  | 'env'
  | 'outputs'
  | 'push'
  | 'report'
  | 'signal'
  | 'ulimits'
  | 'volumes'

/** Path or URL, stream of a tar, or files. */
export type ContextInput = string | AsyncIterable<Uint8Array> | ContextFiles

/** True for a tar as stream. */
export function isStream(context: unknown): context is AsyncIterable<Uint8Array> {
  return typeof context === 'object' && context !== null && Symbol.asyncIterator in context
}

/** Options of a build as its parts see them: checked, with defaults filled in. */
export interface BuildRequest extends Omit<BuildOptions, Translated> {
  readonly context: ContextInput
  readonly contexts: Readonly<Record<string, ContextInput>>
  readonly annotations: readonly Annotation[]
  /** `host:ip`. */
  readonly addHosts: readonly string[]
  /** `name=soft[:hard]`. */
  readonly ulimits: readonly string[]
  readonly cacheVerify?: Required<CacheVerify>
  readonly outputs: readonly SettledOutput[]
  readonly volumes: readonly Required<Volume>[]
  /** Absolute. */
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Never throws. */
  readonly report: Reporter
  readonly signal: AbortSignal
}
