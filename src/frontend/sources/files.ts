import type { Platform } from '@tsbuild/oci'
import type { Vertex } from '../../graph/vertex.ts'
import type { ResolvedImage } from '../plan/base-image.ts'
import type { StagePlan } from '../plan/dependencies.ts'
import type { GitOp } from '../../graph/op.ts'
import { withoutPassword } from '../../graph/without-password.ts'
import { parseGitAddress } from './git-url.ts'
import { own } from '../plan/global-scope.ts'
import type { Reads } from './include.ts'
import type { ContextOrigin, ImageOrigin, Origin } from '../plan/origin.ts'
import { imageKey, type Resolution } from '../plan/resolve-images.ts'
import { emptyTree, type SourceVertices } from './sources.ts'

/** Input for the vertices of names. */
export interface FileSources {
  readonly plan: StagePlan
  readonly resolution: Resolution
  readonly sources: SourceVertices
  /** The result of another stage. */
  rootfsOf(stage: number): Vertex
}

/** The files of the main build context. */
export function mainFiles(reads: Reads, { plan, sources }: Pick<FileSources, 'plan' | 'sources'>): Vertex {
  const { mainContext, args } = plan.options
  if (mainContext === 'local') return sources.local('context', '[internal] load build context', reads)
  if (mainContext.kind === 'vertex') return mainContext.vertex
  return sources.share(
    gitContext(mainContext.url, args),
    `[internal] load git source ${withoutPassword(mainContext.url)}`,
  )
}

/** A repository as the main context. */
export function gitContext(url: string, args: Readonly<Record<string, string>>): GitOp {
  const keep = ['1', 't', 'true'].includes(own(args, 'BUILDKIT_CONTEXT_KEEP_GIT_DIR')?.toLowerCase() ?? '')
  const op = parseGitAddress(url)
  return keep ? { ...op, keepGitDir: true } : op
}

/** The files that `--from` names. Images are those for the platform that is built. */
export function originFiles(origin: Origin, reads: Reads, from: FileSources): Vertex {
  switch (origin.kind) {
    case 'stage':
      return from.rootfsOf(origin.index)
    case 'scratch':
      return from.sources.share(emptyTree, 'scratch')
    case 'context':
      return contextFiles(origin, reads, from)
    case 'image':
      return imageFiles(resolvedImage(origin, from.plan.options.platform, from), '', from)
  }
}

/** The files of a named context. */
export function contextFiles({ name, context }: ContextOrigin, reads: Reads, { sources }: FileSources): Vertex {
  const title = `[context ${name}]`
  switch (context.kind) {
    case 'local':
      return sources.local(name, `${title} load from client`, reads)
    case 'git':
      return sources.share(parseGitAddress(context.url), `${title} ${withoutPassword(context.url)}`)
    case 'http':
      return sources.share(
        { kind: 'http', url: context.url, filename: 'context' },
        `${title} ${withoutPassword(context.url)}`,
      )
  }
}

/** The files of an image; `prefix` tells people which step it is. */
export function imageFiles(
  { reference, digest, platform, layout, context, found }: ResolvedImage,
  prefix: string,
  { sources }: FileSources,
): Vertex {
  const place = { ...(layout !== undefined && { layout }), ...(context !== undefined && { context }) }
  const op = { kind: 'image', reference, digest, platform, ...place, ...(found && { found }) } as const
  // The tag of a layout says little without the context.
  return sources.share(op, `${prefix}FROM ${context ?? reference}@${digest}`)
}

/**
 * Image that an origin was resolved to. Contexts that name the same image of one layout share its
 * resolution.
 */
export function resolvedImage(origin: ImageOrigin, platform: Platform, { resolution }: FileSources): ResolvedImage {
  const image = resolution.images.get(imageKey(origin, platform))
  if (image === undefined) throw new Error(`image ${origin.reference} was not resolved`)
  return origin.context === undefined ? image : { ...image, context: origin.context }
}
