export { build, plan } from './build.ts'
export type { Output } from './export/output.ts'
export { describeFailure, type Failure, type FailureCause } from './failure.ts'
export type {
  AttestationRequest,
  BuildOptions,
  BuildResult,
  BuildWarning,
  Plan,
  PlanStep,
  SecretSource,
} from './options.ts'
export type { BuildEvent, Reporter } from './progress/event.ts'
