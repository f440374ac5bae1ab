import type { StoredImage } from '../../store/stored-image.ts'
import type { Engine } from '../invocation/engine.ts'
import type { Outcome } from './invocation.ts'
import { call } from './invocation.ts'

type Store = Awaited<ReturnType<Engine['openStore']>>

/** An image as the store lists it. */
export const storedImage: StoredImage = {
  names: ['docker.io/library/app:1', 'r.example/app:1'],
  descriptor: { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: `sha256:${'ab'.repeat(32)}`, size: 7 },
  size: 12_300_000,
  platforms: [{ os: 'linux', architecture: 'amd64' }],
}

/** Runs one call on a store that answers with `answers`; any other method throws. */
export async function callOnStore(
  argv: readonly string[],
  answers: Partial<Store>,
): Promise<Outcome & { readonly closed: boolean }> {
  let closed = false
  const unexpected = async (): Promise<never> => {
    throw new Error('The test did not expect this call')
  }
  const store: Store = {
    images: unexpected,
    resolve: unexpected,
    documents: unexpected,
    tag: unexpected,
    untag: unexpected,
    objects: unexpected,
    diskUsage: unexpected,
    prune: unexpected,
    inspect: unexpected,
    copy: unexpected,
    open: unexpected,
    write: unexpected,
    listTags: unexpected,
    deleteManifest: unexpected,
    push: unexpected,
    pull: unexpected,
    save: () => {
      throw new Error('The test did not expect this call')
    },
    load: unexpected,
    createIndex: unexpected,
    [Symbol.asyncDispose]: async () => {
      closed = true
    },
    ...answers,
  }
  return { ...(await call(argv, { engine: { openStore: async () => store } })), closed }
}
