import { isDocument, successorsIn } from '@tsbuild/content'
import { type Descriptor, type Digest, isIndexType } from '@tsbuild/oci'
import { callEndpoint, type EndpointContext } from './endpoints/call-endpoint.ts'
import { getManifest, type ReadManifest } from './endpoints/resolve-manifest.ts'
import { RegistryError } from './errors.ts'

/** Manifests of an index that are read: those of all platforms and their attestations. */
const mostManifests = 32

/**
 * Blobs that the images under some tags need. A registry keeps them as long as it has the
 * manifests, so that a push of the next version need not ask for each of them. The tags are read
 * with the first question.
 */
export class NamedBlobs {
  readonly #tags = new Map<string, Promise<ReadonlySet<Digest>> | undefined>()

  /** Adds a tag. */
  add(tag: string): void {
    if (!this.#tags.has(tag)) this.#tags.set(tag, undefined)
  }

  /** Rejects if the registry does not answer. */
  async has(digest: Digest, context: EndpointContext): Promise<boolean> {
    const sets = [...this.#tags].map(([tag, known]) => {
      const reading = known ?? readNamedBlobs(context, tag)
      this.#tags.set(tag, reading)
      return reading
    })
    return (await Promise.all(sets)).some((blobs) => blobs.has(digest))
  }
}

/** Empty for a tag that does not exist, or that cannot be read. */
async function readNamedBlobs(context: EndpointContext, tag: string): Promise<ReadonlySet<Digest>> {
  const root = await read(context, tag)
  const children = root === undefined ? [] : childrenOf(root)
  if (root === undefined || !isIndexType(root.descriptor.mediaType)) return digestsOf(children)
  // An index may name manifests that the registry does not have.
  const images = await Promise.all(children.slice(0, mostManifests).map(({ digest }) => read(context, digest)))
  return digestsOf(images.flatMap((image) => (image === undefined ? [] : childrenOf(image))))
}

async function read(context: EndpointContext, reference: string): Promise<ReadManifest | undefined> {
  try {
    const found = await callEndpoint(context, getManifest(context.repository, reference))
    return found === 'absent' ? undefined : found
  } catch (error) {
    // A refusal, or a strange document, only costs the questions. They would fail as well where
    // the registry does not answer.
    if (error instanceof RegistryError && (error.status !== undefined || !error.temporary)) return undefined
    throw error
  }
}

function childrenOf({ descriptor, bytes }: ReadManifest): readonly Descriptor[] {
  try {
    return successorsIn(descriptor, bytes)
  } catch {
    return []
  }
}

function digestsOf(children: readonly Descriptor[]): ReadonlySet<Digest> {
  return new Set(children.filter((child) => !isDocument(child)).map(({ digest }) => digest))
}
