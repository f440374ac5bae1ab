import { type ContentTarget, copyGraph } from '@tsbuild/content'
import { type Descriptor, familiarReference, isForeignLayerType, parseReference, withDefaultTag } from '@tsbuild/oci'
import type { Repository } from '@tsbuild/registry'
import type { AssembledImage } from '../image/assemble.ts'
import type { ImageContent } from '../image/image-content.ts'
import type { ExportContext } from './exporter.ts'
import { transfers } from './oci.ts'
import { PushError, ReferrerError } from './push-error.ts'

/**
 * Pushes an image under its names: blobs that are missing, mounted from the base image's repository
 * where the registry is the same, then documents, then what refers to them, then tags.
 */
export async function pushImage(
  { root, referrers, content }: Pick<AssembledImage, 'root' | 'referrers' | 'content'>,
  {
    names,
    insecure,
    byDigest,
  }: { readonly names: readonly string[]; readonly insecure: boolean; readonly byDigest: boolean },
  context: Pick<ExportContext, 'repository' | 'report' | 'vertex' | 'signal'>,
): Promise<readonly string[]> {
  return Promise.all(
    names.map(async (name) => {
      const reference = withDefaultTag(parseReference(name))
      const repository = context.repository(reference, { insecure })
      const to = mounting(repository, content)
      const onProgress = transfers(context)
      try {
        const push = (node: Descriptor): Promise<void> =>
          copyGraph(node, { from: content, to, signal: context.signal, onProgress, trustPresent: true })
        await push(root)
        for (const referrer of referrers) {
          await push(referrer).catch((error: unknown) => {
            throw new ReferrerError(error)
          })
          await repository.refer(referrer)
        }
        if (byDigest || reference.tag === undefined)
          return `${reference.registry}/${reference.repository}@${root.digest}`
        await repository.tag(root, reference.tag)
      } catch (error) {
        context.signal.throwIfAborted()
        throw new PushError(familiarReference(reference), error)
      }
      return familiarReference(reference)
    }),
  )
}

/**
 * A repository that asks for layers where they were published, and is not sent those that stay
 * there.
 */
function mounting(repository: Repository, content: ImageContent): ContentTarget {
  return {
    has: async (target) => isForeignLayerType(target.mediaType) || repository.has(target),
    open: (target, signal) => repository.open(target, signal),
    put: (expected, bytes, signal) => repository.put(expected, bytes, signal),
    adopt: async (expected) => {
      const publisher = content.publisher(expected)
      return publisher !== undefined && repository.adopt(expected, publisher)
    },
  }
}
