import type { Descriptor } from '@tsbuild/oci'
import { callerKeychain, type Credentials } from '../caller-keychain.ts'
import { imageSources } from '../op/images/image-sources.ts'
import { LayerStore } from '../layer/layer-store.ts'
import { takeLease } from '../layer/lease.ts'
import { defaultRoot } from '../layer/store-paths.ts'
import type { Reporter } from '../progress/event.ts'
import { copyImage } from './copy-image.ts'
import { createIndex } from './create-index.ts'
import { diskUsage } from './disk-usage.ts'
import { loadImages } from './load-images.ts'
import type { LocalStore } from './local-store.ts'
import { prune } from './prune.ts'
import { saveImages } from './save-images.ts'
import { findImage, fullName, imageDocuments, listImages } from './stored-images.ts'
import { StoreNameError } from './store-name-error.ts'

export interface StoreOptions {
  readonly root?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly credentials?: Credentials | undefined
  readonly signal: AbortSignal
  /**
   * Receives what concerns registries in general; what an action moves is reported to the action's
   * own reporter.
   */
  readonly report?: Reporter
}

/** Opens the image store for the commands that list, name, move and prune. */
export async function openStore(options: StoreOptions): Promise<LocalStore> {
  const { env = process.env } = options
  const sources = imageSources({
    keychain: callerKeychain(options.credentials, env),
    env,
    insecureRegistries: [],
    signal: options.signal,
    report: options.report ?? (() => {}),
  })
  const store = await LayerStore.openForReading(options.root ?? defaultRoot(env), (reference) =>
    sources.origin(reference),
  )
  const parts = { store, sources }
  const write = <T>(action: () => Promise<T>): Promise<T> => (store.refusal ? Promise.reject(store.refusal) : action())
  return {
    images: () => listImages(store),
    resolve: (name) => findImage(store, name),
    documents: async (name, platform) => imageDocuments(store, await findImage(store, name), platform),
    tag: (name, reference) =>
      write(async () => {
        const { descriptor } = await findImage(store, name)
        await store.images.tag(descriptor, nameFor(reference))
      }),
    untag: (name) => write(() => untag(store, name)),
    diskUsage: () => diskUsage(store),
    prune: (request) => write(() => prune(store, request)),
    copy: (from, to, transfer) => {
      const copy = (): Promise<Descriptor> => leased(store, () => copyImage(parts, { from, to }, transfer))
      return to.kind === 'store' ? write(copy) : copy()
    },
    save: (names, format) => saveImages(store, names, format),
    load: (archive, name) => write(() => leased(store, () => loadImages(store, { archive, name }))),
    createIndex: (request, transfer) => write(() => leased(store, () => createIndex(parts, request, transfer))),
    [Symbol.asyncDispose]: () => sources[Symbol.asyncDispose](),
  }
}

/** Removes the name, or every name where a digest is given. */
async function untag(store: LayerStore, name: string): Promise<readonly string[]> {
  const { names } = await findImage(store, name)
  const full = fullName(name)
  const going = full !== undefined && names.includes(full) ? [full] : names
  for (const one of going) await store.images.untag(one)
  return going
}

/**
 * Keeps `prune` out: a new image has no name before it is complete. A read-only store has no place
 * for a lease.
 */
async function leased<T>(store: LayerStore, action: () => Promise<T>): Promise<T> {
  if (store.refusal) return action()
  await using _lease = await takeLease(store.paths)
  return await action()
}

function nameFor(reference: string): string {
  const full = fullName(reference)
  if (full === undefined) throw new StoreNameError('NOT_FOUND', `"${reference}" cannot be the name of an image`)
  return full
}
