import type { BuildRequest } from '../build-request.ts'
import type { LayerUploads } from '../export/push/layer-uploads.ts'
import { Solver } from '../solve/solver.ts'
import { storedCompression } from './outputs.ts'
import type { Session } from './session.ts'
import { cacheFilter } from './steps/cache-filter.ts'
import { finalSteps } from './steps/final-steps.ts'
import { stepPlatforms } from './steps/step-platforms.ts'

/** The solver of a build, which passes layers of the image to `uploads` as soon as they exist. */
export function createSolver(
  session: Session,
  { outputs, noCache }: BuildRequest,
  { attempt, uploads }: { readonly attempt: number; readonly uploads: LayerUploads | undefined },
): Solver {
  const final = new Set(session.targets.flatMap(({ rootfs }) => [...finalSteps(rootfs)]))
  const compression = storedCompression(outputs)
  const platforms = stepPlatforms(session.targets)
  return new Solver({
    ...session,
    compressionFor: (vertex) => (final.has(vertex) ? compression : { type: 'none' }),
    ignoreCache: cacheFilter(noCache),
    platformOf: (vertex) => platforms.get(vertex),
    idPrefix: attempt === 1 ? '' : `${attempt}-`,
    ...(uploads && {
      onSolved: (vertex, snapshot) => final.has(vertex) && uploads.add(snapshot),
      onRun: () => uploads.begin(),
    }),
  })
}
