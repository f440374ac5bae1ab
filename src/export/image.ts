import { type Digest, formatReference, parseReference, type Reference, withDefaultTag } from '@tsbuild/oci'
import type { Layer } from '../layer/layer.ts'
import type { Exported, ExportContext } from './exporter.ts'
import type { Reporter } from '../progress/event.ts'
import { copyWithReferrers } from './oci.ts'
import type { SettledImage } from './output.ts'
import { pushImage } from './push/push-image.ts'

/** The image in the local store, in registries, or both. */
export async function exportImage(output: SettledImage, context: ExportContext): Promise<Exported> {
  const image = await context.image()
  const { root } = image
  const dangling = danglingNames(output, root.digest).map(formatReference)
  const done: string[] = []
  if (await isKept(output, context)) {
    const { images } = context.store
    await copyWithReferrers(image, images, { ...context, report: withoutSkipped(context.report) })
    for (const name of [...storedNames(output, root.digest).map(formatReference), ...dangling])
      await images.tag(root, name)
    for (const referrer of image.referrers) await images.refer(referrer)
    if (image.referrers.length > 0) await images.dropLooseReferrers()
    done.push('image in the local store')
  }
  const names = [...output.names, ...dangling]
  if (output.push) {
    const pushed = await pushImage(image, { names, insecure: output.insecure, byDigest: output.pushByDigest }, context)
    done.push(`pushed ${pushed.join(', ')}`)
  }
  return { description: done.join(', ') || 'image made and not kept', names }
}

/**
 * True unless a pushed image has layers that are only in a registry or a cache: to keep it, these
 * would have to be fetched. The option decides where it is given.
 */
async function isKept({ store: given, push }: SettledImage, { store, targets }: ExportContext): Promise<boolean> {
  if (given !== undefined || !push) return given ?? true
  const isHere = async ({ carried, origin }: Layer): Promise<boolean> => {
    const elsewhere = carried?.descriptor ?? origin?.descriptor
    return elsewhere === undefined || store.blobs.has(elsewhere)
  }
  const layers = targets.flatMap(({ snapshot }) => snapshot)
  return (await Promise.all(layers.map(isHere))).every((here) => here)
}

/**
 * Name of the image in the local store. An image that is pushed by digest has no tag there either.
 */
function storedNames({ names, push, pushByDigest, nameCanonical }: SettledImage, digest: Digest): readonly Reference[] {
  const given = names.map((name) => withDefaultTag(parseReference(name)))
  if (push && pushByDigest) return given.map(({ registry, repository }) => ({ registry, repository, digest }))
  return nameCanonical === true ? given.flatMap((reference) => [reference, { ...reference, digest }]) : given
}

function danglingNames({ danglingPrefix }: SettledImage, digest: Digest): readonly Reference[] {
  return danglingPrefix === undefined ? [] : [{ ...parseReference(danglingPrefix), digest }]
}

/** Leaves contents out that the store has: documents are written there before. */
function withoutSkipped(report: Reporter): Reporter {
  return (event) => (event.type === 'transfer' && event.skipped !== undefined ? undefined : report(event))
}
