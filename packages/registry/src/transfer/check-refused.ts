import { type Bytes, factsOf, freeChunk, verified, withFacts } from '@tsbuild/content'
import type { Descriptor } from '@tsbuild/oci'
import { RegistryError } from '../errors.ts'

/**
 * Leaves the digest of content to the registry, which compares it before it stores a blob
 * (distribution-spec § Pushing blobs). To be called before the content is read.
 */
export function leaveCheck(content: Bytes): void {
  withFacts(content, { ...factsOf(content), isCheckedElsewhere: true })
}

/**
 * Reads the content again after a registry refused its digest: rejects with `ContentError` if the
 * content is wrong. Else it changed on its way, or the registry is wrong.
 */
export async function checkRefused(error: unknown, content: Bytes, blob: Descriptor): Promise<void> {
  if (!(error instanceof RegistryError) || !error.errors.some(({ code }) => code === 'DIGEST_INVALID')) return
  withFacts(content, { ...factsOf(content), isCheckedElsewhere: false })
  for await (const chunk of verified(content, blob)) if (factsOf(content).isSole === true) freeChunk(chunk)
}
