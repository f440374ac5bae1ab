import type { Collected } from '@tsbuild/distribution-server'
import type { CheckStoreOptions } from '../../diagnosis/check-store.ts'
import type { Diagnosis } from '../../diagnosis/diagnose.ts'
import type { ExplainReferenceOptions, ReferenceReport } from '../../diagnosis/explain-reference.ts'
import type { StoreCheck } from '../../diagnosis/store-problem.ts'
import type { SubrequestAnswer } from '../../subrequest/subrequest-answer.ts'
import type { LoweredTarget } from '../../frontend/state/lowered.ts'
import type { BuildOptions } from '../../options.ts'
import type { BuildResult, Plan } from '../../build-result.ts'
import type { Reporter } from '../../progress/event.ts'
import type { ImageComparison } from '../../report/model/comparison.ts'
import type { ImageReport } from '../../report/model/image-report.ts'
import type { CompareOptions, ImageChoice, ImageReportOptions } from '../../report/report-images.ts'
import type { CollectRegistryOptions } from '../../collect-registry.ts'
import type { ServedRegistry, ServeRegistryOptions } from '../../serve-registry.ts'
import type { LocalStore } from '../../store/local-store.ts'
import type { StoreOptions } from '../../store/open-store.ts'

/** Options of nearly every function of the engine. */
export interface EngineOptions {
  /** Directory of the store; default as in `BuildOptions.root`. */
  readonly root?: string
  readonly signal: AbortSignal
}

/**
 * The functions under the commands. The command line adds words and colours to them, nothing else.
 */
export interface Engine {
  build(options: BuildOptions): Promise<BuildResult>
  plan(options: BuildOptions): Promise<Plan>
  /** Lowered Dockerfile, one target for each platform; no step is run. */
  lower(options: BuildOptions): Promise<readonly LoweredTarget[]>
  answerSubrequest(request: 'check' | 'outline' | 'targets', options: BuildOptions): Promise<SubrequestAnswer>
  diagnose(options: EngineOptions & { readonly wanted?: string }): Promise<Diagnosis>
  checkStore(options: CheckStoreOptions): Promise<StoreCheck>
  explainReference(options: ExplainReferenceOptions): Promise<ReferenceReport>
  openStore(options: StoreOptions): Promise<LocalStore>
  describeImage(image: ImageChoice, options: ImageReportOptions): Promise<ImageReport>
  compareImages(from: ImageChoice, to: ImageChoice, options: CompareOptions): Promise<ImageComparison>
  serveRegistry(options: ServeRegistryOptions): Promise<ServedRegistry>
  collectRegistry(options: CollectRegistryOptions): Promise<Collected>
  /** Rejects with a `REGISTRY_…` code when the registry does not take the credential. */
  checkCredential(request: {
    readonly registry: string
    readonly username: string
    readonly password: string
    readonly insecure: boolean
    readonly env: Readonly<Record<string, string | undefined>>
    readonly signal: AbortSignal
    readonly report: Reporter
  }): Promise<void>
}
