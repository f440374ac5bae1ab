import { availableParallelism } from 'node:os'
import { TsbuildError } from '@tsbuild/errors'
import pLimit from 'p-limit'
import type { BuildRequest } from '../build-request.ts'
import type { Reporter } from '../progress/event.ts'
import { StepError } from '../solve/step-error.ts'
import type { FoundStep } from '../solve/step-events.ts'
import type { Solver } from '../solve/solver.ts'
import { isChosen } from '../verify/choose-sample.ts'
import { describeVerdict, listDifferences } from '../verify/describe-verdict.ts'
import { StepVerifier, type Verdict } from '../verify/verify-step.ts'
import type { Session } from './session.ts'

export interface CacheVerification extends Pick<Session, 'cache' | 'executors' | 'report' | 'signal'> {
  readonly solver: Solver
  readonly request: NonNullable<BuildRequest['cacheVerify']>
}

interface Verified {
  readonly step: FoundStep
  readonly verdict: Verdict
}

/** Paths that the log of a step lists. */
const listed = 20

/**
 * Does a sample of the cached steps again and compares. A difference is a warning; with `strict`,
 * this rejects with the first one. The records and the image stay as they are.
 */
export async function verifyCache({ solver, request, ...session }: CacheVerification): Promise<void> {
  await solver.finish()
  const { report } = session
  const { found } = solver
  const chosen = found.filter(({ key }) => isChosen(key, request))
  const sample = `${request.percent}%,seed=${request.seed}`
  const vertex = 'cache-verify'
  const name = `verifying ${chosen.length} of ${found.length} cached steps (--cache-verify=${sample})`
  await report({ type: 'vertex-started', vertex, name, time: Date.now() })
  const ids = new Map(chosen.map((step) => [step.vertex, `verify-${step.key}`]))
  // Warnings about a step were reported when it was made.
  const onlyOutput: Reporter = (event) => (event.type === 'warning' ? undefined : report(event))
  const verifier = new StepVerifier({
    ...session,
    keys: solver,
    contextOf: (of) => ({
      vertex: ids.get(of) ?? vertex,
      signal: session.signal,
      report: onlyOutput,
      compression: { type: 'none' },
      fresh: true,
    }),
  })
  const limit = pLimit(availableParallelism())
  const verified = await Promise.all(
    chosen.map((step) => limit(async () => ({ step, verdict: await verifyOne(step, { verifier, report }) }))),
  )
  const count = (...kinds: readonly Verdict['kind'][]): number =>
    verified.filter(({ verdict }) => kinds.includes(verdict.kind)).length
  const summary = `${count('same')} the same, ${count('different', 'failed')} different, ${count('unknown')} not verified`
  await report({ type: 'log', vertex, stream: 'stderr', data: Buffer.from(`${summary}\n`), time: Date.now() })
  await report({ type: 'vertex-finished', vertex, time: Date.now() })
  await reportDifferences(verified, { request, report })
}

async function verifyOne(
  step: FoundStep,
  { verifier, report }: { readonly verifier: StepVerifier; readonly report: Reporter },
): Promise<Verdict> {
  const vertex = `verify-${step.key}`
  const { name, range } = step.vertex
  const line = range && { line: range.start.line }
  await report({ type: 'vertex-started', vertex, name: `verifying ${name}`, time: Date.now(), ...line })
  const verdict = await verifier.verify(step)
  const paths = verdict.kind === 'different' ? listDifferences(verdict.paths.slice(0, listed)) : []
  const lines = [describeVerdict(verdict), ...paths].map((text) => `${text}\n`)
  await report({ type: 'log', vertex, stream: 'stderr', data: Buffer.from(lines.join('')), time: Date.now() })
  await report({ type: 'vertex-finished', vertex, time: Date.now() })
  return verdict
}

/** Throws the first difference if strict. */
async function reportDifferences(
  verified: readonly Verified[],
  { request, report }: Pick<CacheVerification, 'request' | 'report'>,
): Promise<void> {
  for (const { step, verdict } of verified) {
    const { vertex, cache } = step
    if (verdict.kind === 'same' || verdict.kind === 'unknown') continue
    const place = cache === undefined ? 'the store' : `cache ${cache}`
    const message = `${vertex.name}, cached in ${place}, ${describeVerdict(verdict)}; ${explain(step, verdict)}`
    if (request.strict) throw new StepError(vertex, new TsbuildError('CACHE_DIFFERS', message, { hint }))
    const line = vertex.range && { line: vertex.range.start.line }
    await report({ type: 'warning', code: 'CacheDiffers', message, ...line })
  }
  const unknown = verified.filter(({ verdict }) => verdict.kind === 'unknown')
  const [first] = unknown
  if (first === undefined) return
  const message = `${unknown.length} of ${verified.length} cached steps could not be verified; the first, ${first.step.vertex.name}, ${describeVerdict(first.verdict)}`
  await report({ type: 'warning', code: 'CacheNotVerified', message })
}

const hint = 'make the step again with --no-cache, and see docs/cache.md'

function explain({ vertex: { op } }: FoundStep, verdict: Verdict): string {
  if (op.kind !== 'run' || (verdict.kind === 'different' && verdict.damaged === true))
    return 'the cached result is wrong'
  return 'the step depends on more than its cache key, or the cached result is wrong'
}
