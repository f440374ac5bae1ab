import type { Dockerfile, Warning } from '../syntax/dockerfile.ts'
import type { Check } from './check.ts'
import { type CheckOptions, checkOptions, withComments } from './check-options.ts'
import { consistentInstructionCasing } from './consistent-instruction-casing.ts'
import { duplicateStageName } from './duplicate-stage-name.ts'
import { exposeInvalidFormat } from './expose-invalid-format.ts'
import { exposeProtoCasing } from './expose-proto-casing.ts'
import { fromAsCasing } from './from-as-casing.ts'
import { fromPlatformFlagConstDisallowed } from './from-platform-flag-const-disallowed.ts'
import { invalidDefinitionDescription } from './invalid-definition-description.ts'
import { jsonArgsRecommended } from './json-args-recommended.ts'
import { legacyKeyValueFormat } from './legacy-key-value-format.ts'
import { maintainerDeprecated } from './maintainer-deprecated.ts'
import { multipleInstructionsDisallowed } from './multiple-instructions-disallowed.ts'
import { noEmptyContinuation } from './no-empty-continuation.ts'
import { redundantTargetPlatform } from './redundant-target-platform.ts'
import { reservedStageName } from './reserved-stage-name.ts'
import { rules } from './rules.ts'
import { secretsUsedInArgOrEnv } from './secrets-used-in-arg-or-env.ts'
import { stageNameCasing } from './stage-name-casing.ts'
import { workdirRelativePath } from './workdir-relative-path.ts'

const checks: readonly Check[] = [
  stageNameCasing,
  fromAsCasing,
  noEmptyContinuation,
  consistentInstructionCasing,
  reservedStageName,
  duplicateStageName,
  jsonArgsRecommended,
  maintainerDeprecated,
  workdirRelativePath,
  multipleInstructionsDisallowed,
  legacyKeyValueFormat,
  redundantTargetPlatform,
  secretsUsedInArgOrEnv,
  fromPlatformFlagConstDisallowed,
  invalidDefinitionDescription,
  exposeProtoCasing,
  exposeInvalidFormat,
]

/** Scope of the checks. */
export interface RunChecksOptions {
  /** Options; default those of the file's directive. */
  readonly options?: CheckOptions
  /**
   * Indexes of the stages that are built; default all. Rules about the file as a whole look at all
   * stages.
   */
  readonly stages?: ReadonlySet<number>
  /**
   * Kinds of rules; default all. A caller that knows variables and base images reports those of
   * `value` more precisely.
   */
  readonly scopes?: readonly Check['scope'][]
}

/**
 * The warnings of all rules that need only the parsed file, in order of place; skipped rules left
 * out.
 */
export function runChecks(
  dockerfile: Dockerfile,
  { options = checkOptions(dockerfile), stages, scopes }: RunChecksOptions = {},
): readonly Warning[] {
  const places = findPlaces(dockerfile)
  const warnings = checks.flatMap(({ scope, run }) => {
    if (scopes !== undefined && !scopes.includes(scope)) return []
    const found = run(dockerfile)
    if (scope === 'file' || stages === undefined) return found
    return found.filter(({ range }) => stages.has(places.get(range.start.line)?.stage ?? -1))
  })
  return selectWarnings(dockerfile, warnings, options).toSorted((a, b) => a.range.start.line - b.range.start.line)
}

/**
 * The warnings that the options, and comments like `# check=skip=Rule` right above an instruction,
 * let pass.
 */
export function selectWarnings(
  dockerfile: Dockerfile,
  warnings: readonly Warning[],
  options: CheckOptions,
): readonly Warning[] {
  const places = findPlaces(dockerfile)
  return warnings.filter(({ rule, range }) => {
    const { skip, experimental: on } = withComments(options, places.get(range.start.line)?.comments ?? [])
    if (rules.get(rule)?.experimental === true) return on === 'all' || on.has(rule)
    return skip !== 'all' && !skip.has(rule)
  })
}

/**
 * Stage and comments of the instruction that begins or ends on a line; global ARGs belong to no
 * stage.
 */
function findPlaces({
  globalArgs,
  stages,
}: Dockerfile): ReadonlyMap<number, { stage: number; comments: readonly string[] }> {
  const placed = [
    ...globalArgs.map((instruction) => ({ stage: -1, instruction })),
    ...stages.flatMap(({ index, from, instructions }) =>
      [from, ...instructions].map((instruction) => ({ stage: index, instruction })),
    ),
  ]
  return new Map(
    placed.flatMap(({ stage, instruction: { range, comments } }) =>
      [range.start.line, range.end.line].map((line) => [line, { stage, comments }] as const),
    ),
  )
}
