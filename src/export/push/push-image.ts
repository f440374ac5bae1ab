import { type ContentTarget, copyGraph, MemoryContent } from '@tsbuild/content'
import { type Descriptor, familiarReference, parseReference, withDefaultTag } from '@tsbuild/oci'
import type { Repository } from '@tsbuild/registry'
import type { AssembledImage } from '../../image/assemble.ts'
import type { ExportContext } from '../exporter.ts'
import { announcePush } from './announce-push.ts'
import { mountingTarget } from './mounting-target.ts'
import { TransferReport } from '../../progress/transfer-report.ts'
import { TransferError } from '../../transfer-error.ts'
import { ReferrerError } from './referrer-error.ts'
import { withoutRoot } from './without-root.ts'

type PushContext = Pick<ExportContext, 'store' | 'repository' | 'report' | 'vertex' | 'signal' | 'uploads'>

/**
 * Pushes an image under its names: blobs that are missing, mounted from the base image's repository
 * where the registry is the same, then documents, then what refers to them, then tags. Names in one
 * repository share all but the tag.
 */
export async function pushImage(
  image: Pick<AssembledImage, 'root' | 'platforms' | 'referrers' | 'content'>,
  {
    names,
    insecure,
    byDigest,
  }: { readonly names: readonly string[]; readonly insecure: boolean; readonly byDigest: boolean },
  context: PushContext,
): Promise<readonly string[]> {
  const { root, content } = image
  const references = names.map((name) => withDefaultTag(parseReference(name)))
  const isTagged = !byDigest && references.every(({ tag }) => tag !== undefined)
  const pushes = new Map<string, Promise<Repository>>()
  return Promise.all(
    references.map(async (reference) => {
      const { registry, repository } = reference
      const push = async (): Promise<Repository> => {
        const target = context.repository(reference, { insecure })
        await announcePush(target, reference, context.store)
        await pushContent(image, target, { ...context, isTagged })
        return target
      }
      try {
        const known = pushes.get(`${registry}/${repository}`)
        const pushing = known ?? push()
        pushes.set(`${registry}/${repository}`, pushing)
        const pushed = await pushing
        if (byDigest || reference.tag === undefined) return `${registry}/${repository}@${root.digest}`
        await pushed.tag(root, reference.tag, content)
      } catch (error) {
        context.signal.throwIfAborted()
        throw new TransferError(`push ${familiarReference(reference)}`, error)
      }
      return familiarReference(reference)
    }),
  )
}

/**
 * Everything but the tags. They bring the root as well, unless a referrer needs it before them.
 */
async function pushContent(
  { root, referrers, platforms, content }: Pick<AssembledImage, 'root' | 'platforms' | 'referrers' | 'content'>,
  repository: Repository,
  context: PushContext & { readonly isTagged: boolean },
): Promise<void> {
  const uploads = context.uploads?.of(repository)
  const layers = platforms.flatMap((platform) => platform.layers.map(({ digest }) => digest))
  const target = mountingTarget(repository, content)
  const joined: ContentTarget = (await uploads?.join(target, new Set(layers))) ?? target
  const to = context.isTagged && referrers.length === 0 ? withoutRoot(joined, root, new MemoryContent()) : joined
  const report = new TransferReport(context)
  const onProgress: TransferReport['onProgress'] = (descriptor, ...progress) =>
    uploads?.hasSent(descriptor) === true ? undefined : report.onProgress(descriptor, ...progress)
  const push = (node: Descriptor): Promise<void> =>
    copyGraph(node, { from: content, to, signal: context.signal, onProgress, trustPresent: true })
  try {
    await push(root)
    for (const referrer of referrers) {
      await push(referrer).catch((error: unknown) => {
        throw new ReferrerError(error)
      })
    }
    // Together: where a tag lists the referrers, each change of it is confirmed after a pause.
    await Promise.all(referrers.map((referrer) => repository.refer(referrer)))
  } finally {
    await uploads?.stop()
  }
}
