import { readReferrer, type Referrer, successors } from '@tsbuild/content'
import { type Descriptor, type Digest, isIndexType, isManifestType } from '@tsbuild/oci'
import type { LayerStore } from '../layer/layer-store.ts'

/** Digests of everything that the named images of the store are made of, and of what refers to them. */
export async function reachableBlobs(store: LayerStore): Promise<ReadonlySet<Digest>> {
  const reachable = new Set<Digest>()
  const visit = async (node: Descriptor): Promise<void> => {
    if (reachable.has(node.digest)) return
    reachable.add(node.digest)
    const isDocument = isManifestType(node.mediaType) || isIndexType(node.mediaType)
    if (!isDocument || !(await store.blobs.has(node))) return
    for (const child of await successors(store.blobs, node)) await visit(child)
  }
  for (const { descriptor } of await store.images.tags()) await visit(descriptor)
  let waiting = await referrersOf(store)
  for (let before = -1; before !== reachable.size; ) {
    before = reachable.size
    for (const { subject, descriptor } of waiting) if (reachable.has(subject.digest)) await visit(descriptor)
    waiting = waiting.filter(({ descriptor }) => !reachable.has(descriptor.digest))
  }
  return reachable
}

async function referrersOf({ images }: LayerStore): Promise<readonly Referrer[]> {
  const read = (await images.roots()).map(async (root) => ((await images.has(root)) ? readReferrer(images, root) : undefined))
  return (await Promise.all(read)).filter((referrer) => referrer !== undefined)
}
