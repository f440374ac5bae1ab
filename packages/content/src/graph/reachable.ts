import { annotationKeys, type Descriptor, type Digest } from '@tsbuild/oci'
import { readReferrer } from './referrer.ts'
import type { ContentSource } from '../storage/storage.ts'
import { isDocument, successors } from './successors.ts'

/**
 * Digests of all content in use: everything reachable from the roots of a layout. A root without a
 * name does not count if its subject is not in use.
 */
export async function reachable(content: ContentSource, roots: readonly Descriptor[]): Promise<ReadonlySet<Digest>> {
  const found = new Set<Digest>()
  const visit = async (node: Descriptor): Promise<void> => {
    if (found.has(node.digest)) return
    found.add(node.digest)
    if (!isDocument(node) || !(await content.has(node))) return
    for (const child of await successors(content, node)) await visit(child)
  }
  let waiting: { readonly root: Descriptor; readonly subject: Digest }[] = []
  for (const root of roots) {
    const subject = await readSubject(root, content)
    if (subject === undefined) await visit(root)
    else waiting.push({ root, subject })
  }
  for (let before = -1; before !== found.size; ) {
    before = found.size
    for (const { root, subject } of waiting) if (found.has(subject)) await visit(root)
    waiting = waiting.filter(({ root }) => !found.has(root.digest))
  }
  return found
}

async function readSubject(root: Descriptor, content: ContentSource): Promise<Digest | undefined> {
  if (root.annotations?.[annotationKeys.refName] !== undefined || !(await content.has(root))) return undefined
  return (await readReferrer(content, root))?.subject.digest
}
