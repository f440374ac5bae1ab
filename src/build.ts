import { formatPlatform } from '@tsbuild/oci'
import type { gatherStatements, Statements } from './attestation/attest.ts'
import type { CacheExportParts } from './session/export-caches.ts'
import { explainStep } from './session/explain-step.ts'
import { forCaller } from './session/for-caller.ts'
import { imageForms } from './session/image-forms.ts'
import { openUploads } from './session/open-uploads.ts'
import { isImageOutput, outputEpoch, storedCompression } from './session/outputs.ts'
import { imageResult } from './session/image-result.ts'
import { recordTransfers } from './session/record-transfers.ts'
import { openSession, type Session } from './session/session.ts'
import { createSolver } from './session/create-solver.ts'
import { buildWarnings, recordWarnings } from './session/warnings.ts'
import { withSource } from './session/with-source.ts'
import { checkDestination } from './export/check-destination.ts'
import { exportOutput } from './export/export-output.ts'
import type { SettledOutput } from './export/output.ts'
import { type AssembledImage, assembleImage, type ImageForm } from './image/assemble.ts'
import type { SolvedTarget } from './image/target.ts'
import type { LoweredTarget } from './frontend/state/lowered.ts'
import { refuseWarnings } from './frontend/warnings.ts'
import type { BuildRequest } from './build-request.ts'
import type { BuildWatch } from './build-page.ts'
import type { BuildOptions } from './options.ts'
import type { BuildResult } from './build-result.ts'
import type { Solver } from './solve/solver.ts'
import { collectLater } from './store/objects/collect-later.ts'

export { plan } from './plan.ts'

/**
 * Builds what a Dockerfile describes and hands it to the outputs. Rejects with an error that has a
 * stable `code`, and a `range` where a line of the Dockerfile is the cause; nothing is left behind
 * but what the store may keep.
 */
export async function build(options: BuildOptions): Promise<BuildResult> {
  return forCaller(options, buildGuarded)
}

/** Most builds write no page: what it takes is loaded by those that do. */
async function buildGuarded(request: BuildRequest): Promise<BuildResult> {
  await Promise.all(request.outputs.map(checkDestination))
  const { reportFile } = request
  if (reportFile === undefined) return buildRecorded(request)
  return (await import('./build-page.ts')).withBuildPage(request, reportFile, buildRecorded)
}

async function buildRecorded(request: BuildRequest, watch: BuildWatch = {}): Promise<BuildResult> {
  const started = Date.now()
  const { report: counted, bytes } = recordTransfers(request.report)
  const { report, warnings } = recordWarnings(counted)
  const recorded = { ...request, report }
  await using session = await openSession(recorded)
  watch.opened?.(session)
  const course = { started, watch }
  const result = await withSource(session.contexts.dockerfile, () => buildTargets(session, recorded, course))
  const { gc = true } = request
  if (gc !== false) await collectLater(session.store.paths, gc === true ? {} : gc)
  return { ...result, bytes: bytes(), warnings }
}

/** Start of a build, in milliseconds since 1970, and its observer. */
interface Course {
  readonly started: number
  readonly watch: BuildWatch
}

async function buildTargets(
  session: Session,
  request: BuildRequest,
  course: Course,
): Promise<Omit<BuildResult, 'bytes' | 'warnings'>> {
  const { targets } = session
  for (const warning of buildWarnings(session.dockerfile, targets, request))
    await request.report({ type: 'warning', ...warning })
  refuseWarnings(
    session.dockerfile,
    { args: request.args ?? {} },
    targets.flatMap((target) => target.warnings),
  )
  // A cache that fails while its layers are needed is given up, and what they held is made here.
  for (let attempt = 1; ; attempt++) {
    try {
      return await solveAndExport(session, request, { attempt, ...course })
    } catch (error) {
      if (!(await session.forsake(error))) throw error
    }
  }
}

async function solveAndExport(
  session: Session,
  request: BuildRequest,
  { attempt, started, watch }: Course & { readonly attempt: number },
): Promise<Omit<BuildResult, 'bytes' | 'warnings'>> {
  const { outputs } = request
  await using uploads = await openUploads(session, request, { attempt })
  const solver = createSolver(session, request, { attempt, uploads })
  const { statements, record } = await openStatements({ options: request, session, solver })
  const forms = imageForms(outputs, request, { ...session, ...(statements && { statements }) })
  if (attempt === 1) await reportStart(session, request, solver)
  const solved = await solveAll(session, request, solver)
  const solvedAt = Date.now()
  const cached = { session, solver, solved, compression: storedCompression(outputs) }
  const verifying = verifyHits(request, cached)
  // A build that fails for a difference writes no output.
  if (request.cacheVerify?.strict === true) await verifying
  const inline = inlineForm(request, cached)
  const imageFor = assembleOnce(forms, (form) => assembleImage(solved, { ...form, ...inline }, session.store))
  const exporting = settled(
    outputs.map((output, index) =>
      exportOutput(output, {
        ...datedSession(output, session),
        targets: solved,
        vertex: `output-${index + 1}`,
        image: () => imageFor(output),
        ...(statements && { statements }),
        ...(uploads && { uploads }),
        repository: session.images.repository,
      }),
    ),
  )
  const caching = solver.finish().then(() => writeCaches(request, cached))
  await Promise.allSettled([exporting, caching, verifying])
  const exported = await exporting
  await caching
  await verifying
  const exportedAt = Date.now()
  const names = [...new Set(exported.flatMap((output) => output.names))]
  const first = outputs.find(isImageOutput)
  const image = first && (await imageFor(first))
  await watch.exported?.(solved, { ...(image && { image }), compression: cached.compression })
  return {
    ...(image ? await imageResult(image, { names, solver }) : { canonicalNames: [], platforms: [] }),
    ...(record && { provenance: await record(solved, image) }),
    names,
    timings: { started, solving: solvedAt - started, exporting: exportedAt - solvedAt },
    outputs: exported.map(({ description }) => description),
    steps: solver.counts,
  }
}

/** Steps that the first event lists. */
const mostOutlined = 1000

/** Reports the size of the build, unless the error of a step prevents counting. */
async function reportStart({ targets }: Session, { report }: BuildRequest, solver: Solver): Promise<void> {
  const graph = await solver.outlineSteps(targets.map(({ rootfs }) => rootfs))
  if (graph === undefined) return
  const platforms = targets.map(({ platform }) => formatPlatform(platform))
  const outline = graph.length <= mostOutlined && { graph }
  await report({ type: 'build-started', time: Date.now(), steps: graph.length, platforms, ...outline })
}

async function solveAll(session: Session, request: BuildRequest, solver: Solver): Promise<readonly SolvedTarget[]> {
  const solve = async (lowered: LoweredTarget): Promise<SolvedTarget> => ({
    lowered,
    snapshot: await solver.solve(lowered.rootfs),
  })
  try {
    const solved = await Promise.all(session.targets.map(solve))
    await session.guard.check(solved)
    await fetchCarried(solved, request.outputs)
    return solved
  } catch (error) {
    await solver.finish().catch(() => {})
    throw explainStep(error, { contexts: session.contexts, options: request })
  }
}

/**
 * Brings layers that are only in a cache into the store, unless the image is just pushed: a
 * registry may be able to take them over. An output that has begun cannot begin again without the
 * cache.
 */
async function fetchCarried(solved: readonly SolvedTarget[], outputs: readonly SettledOutput[]): Promise<void> {
  const needsNone = (output: SettledOutput): boolean =>
    output.kind === 'cacheonly' || (output.kind === 'image' && !(output.store ?? !output.push))
  if (outputs.every(needsNone)) return
  const layers = solved.flatMap(({ snapshot }) => snapshot).filter(({ carried }) => carried !== undefined)
  await Promise.all(layers.map((layer) => layer.blob()))
}

/** Most builds write no cache: what it takes is loaded by those that do. */
async function writeCaches(request: BuildRequest, parts: CacheExportParts): Promise<void> {
  if (request.cacheTo?.some(({ kind }) => kind !== 'inline'))
    await (await import('./session/export-caches.ts')).exportCaches(request, parts)
}

async function verifyHits({ cacheVerify: request }: BuildRequest, parts: CacheExportParts): Promise<void> {
  if (request === undefined) return
  const { verifyCache } = await import('./session/verify-cache.ts')
  await verifyCache({ ...parts.session, solver: parts.solver, request })
}

function inlineForm(request: BuildRequest, parts: CacheExportParts): Pick<ImageForm, 'inlineCache'> {
  if (!request.cacheTo?.some(({ kind }) => kind === 'inline')) return {}
  return {
    inlineCache: async (target) => {
      await parts.solver.finish()
      return (await import('./session/export-caches.ts')).inlineRecords(target, parts)
    },
  }
}

/** Assembles one image for all outputs that ask for the same form. */
function assembleOnce(
  forms: ReturnType<typeof imageForms>,
  assemble: (form: ImageForm) => Promise<AssembledImage>,
): (output: SettledOutput) => Promise<AssembledImage> {
  const assembled = new Map<string, Promise<AssembledImage>>()
  return (output) => {
    const form = forms.get(output)
    if (form === undefined) throw new Error(`output ${output.kind} has no image`)
    const key = JSON.stringify(form)
    const image = assembled.get(key) ?? assemble(form)
    assembled.set(key, image)
    return image
  }
}

/** Most builds say nothing: what it takes is loaded by those that do. */
async function openStatements(parts: Parameters<typeof gatherStatements>[0]): Promise<Statements> {
  const { attestations = [], recordProvenance } = parts.options
  if (attestations.length === 0 && recordProvenance === undefined) return {}
  return (await import('./attestation/attest.ts')).gatherStatements(parts)
}

/** The session as an output sees it: with the date of the output. */
function datedSession(
  output: SettledOutput,
  { epoch: built, ...session }: Session,
): Omit<Session, typeof Symbol.asyncDispose> {
  const epoch = outputEpoch(output, built)
  return { ...session, ...(epoch !== undefined && { epoch }) }
}

/** Waits for all to settle: the session must outlive its users. Rejects with the first error. */
async function settled<T>(promises: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(promises)
  return Promise.all(promises)
}
