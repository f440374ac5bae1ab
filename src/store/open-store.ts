import { abortable, type Bytes } from '@tsbuild/content'
import type { Descriptor } from '@tsbuild/oci'
import type { Environment } from '@tsbuild/registry'
import { callerKeychain, type Credentials } from '../caller-keychain.ts'
import { type ImageSources, imageSources } from '../op/images/image-sources.ts'
import { retryPolicy } from '../op/images/retry-policy.ts'
import { LayerStore } from '../layer/layer-store.ts'
import { takeLease } from '../layer/disk/lease.ts'
import { defaultRoot } from '../layer/disk/store-paths.ts'
import type { RetryOptions } from '../option-values.ts'
import type { Reporter } from '../progress/event.ts'
import { asTransferError } from '../transfer-error.ts'
import { copyImage, type CopyRequest } from './copy-image.ts'
import { createIndex, indexPlaces } from './create-index.ts'
import { listObjects } from './objects/list-objects.ts'
import { sumByType } from './objects/sum-objects.ts'
import { loadImages } from './load-images.ts'
import { type CopyEndpoint, formatPlace } from './places/place.ts'
import type { CopyOptions, LocalStore } from './local-store.ts'
import { openSource, type PlaceParts } from './places/image-source.ts'
import { writeImage } from './places/write-image.ts'
import { deleteManifest, listTags } from './places/repository-verbs.ts'
import { prune } from './objects/prune.ts'
import { readRegistryImage } from './registry-image.ts'
import { saveImages } from './save-images.ts'
import { findImage, fullName, imageDocuments, listImages } from './stored-images.ts'
import { StoreNameError } from './store-name-error.ts'
import type { TransferOptions } from './transfer-options.ts'

/** Access to a local store. */
export interface StoreOptions {
  /** Directory of the store. Default: `$TSBUILD_ROOT`, else in the user's data directory. */
  readonly root?: string
  /** Variables for credential files, proxies and the directory. Default: those of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Credentials for registries, used before those of files. Default: none. */
  readonly credentials?: Credentials | undefined
  /** Repetitions of requests to registries. Default: 4, with growing delays. */
  readonly retry?: RetryOptions | undefined
  /** Ends every action. */
  readonly signal?: AbortSignal
  /** Receives events of registries, and of actions without a reporter of their own. */
  readonly report?: Reporter
}

/**
 * Opens the local store to list, inspect, name, move and remove images.
 *
 * @example
 * await using store = await openStore()
 * for (const { names, size } of await store.images()) console.log(names, size)
 */
export async function openStore(options: StoreOptions = {}): Promise<LocalStore> {
  const { signal = new AbortController().signal, report = () => {} } = options
  const defaults: TransferOptions = { signal, report, insecure: false }
  const parts = await openParts(options)
  const { store, sources } = parts
  const write = <T>(action: () => Promise<T>): Promise<T> => (store.refusal ? Promise.reject(store.refusal) : action())
  const writeTo = <T>(places: readonly CopyEndpoint[], action: () => Promise<T>): Promise<T> => {
    const start = (): Promise<T> => leased(store, action)
    return places.some(({ kind }) => kind === 'store') ? write(start) : start()
  }
  const copy = (request: CopyRequest, transfer: CopyOptions = {}): Promise<Descriptor> =>
    writeTo(request.to, () => copyImage(parts, request, { ...defaults, ...transfer }))
  return {
    images: () => listImages(store),
    resolve: (name) => findImage(store, name),
    documents: async (name, platform) => imageDocuments(store, await findImage(store, name), platform),
    tag: (name, reference) =>
      write(() =>
        leased(store, async () => {
          const { descriptor } = await findImage(store, name)
          await store.images.tag(descriptor, nameFor(reference))
        }),
      ),
    untag: (name) => write(() => untag(store, name)),
    objects: (filter) => listObjects(store, filter),
    diskUsage: async (filter) => sumByType(await listObjects(store, filter)),
    prune: (request = {}) => write(() => prune(store, { signal, ...request })),
    copy: (from, places, transfer) => copy({ from, to: [places].flat() }, transfer),
    open: (place, transfer) =>
      naming(`read ${formatPlace(place)}`, openSource(place, parts, { ...defaults, ...transfer })),
    write: (image, to, transfer) =>
      writeTo([to], () => writeImage(image, to, { parts, options: { ...defaults, ...transfer } })),
    listTags: (place, transfer) =>
      naming(`list the tags of ${formatPlace(place)}`, listTags(place, parts, { ...defaults, ...transfer })),
    deleteManifest: (reference, transfer) =>
      naming(`remove ${reference}`, deleteManifest(reference, parts, { ...defaults, ...transfer })),
    push: (reference, transfer) => {
      const to = [{ kind: 'registry', reference }] as const
      return copy({ from: { kind: 'store', reference }, to, verb: 'push' }, transfer)
    },
    pull: (reference, transfer) => {
      const to = [{ kind: 'store', reference }] as const
      return copy({ from: { kind: 'registry', reference }, to, verb: 'pull' }, transfer)
    },
    inspect: (name, transfer) => naming(`read ${name}`, readRegistryImage(name, parts, { ...defaults, ...transfer })),
    save: (names, format) => leasedBytes(store, () => saveImages(store, names, format)),
    load: (archive, name) =>
      write(() =>
        leased(store, async () => {
          const images = await loadImages(store.images, { archive: abortable(archive, signal), name })
          return images.map((image) => image.name ?? image.descriptor.digest)
        }),
      ),
    createIndex: (request, transfer) =>
      writeTo(indexPlaces(request), () => createIndex(parts, request, { ...defaults, ...transfer })),
    [Symbol.asyncDispose]: () => sources[Symbol.asyncDispose](),
  }
}

/** The store, and the registries that its options reach. */
export async function openParts({
  env = process.env,
  signal = new AbortController().signal,
  report = () => {},
  ...options
}: StoreOptions): Promise<PlaceParts> {
  const patience = options.retry && { patience: { retry: retryPolicy(options.retry) } }
  const opened = new Map<Environment, ImageSources>()
  const sourcesOf = (variables: Environment): ImageSources => {
    const known = opened.get(variables)
    if (known) return known
    const keychain = callerKeychain(options.credentials, { env: variables, signal })
    const made = imageSources({ keychain, env: variables, insecureRegistries: [], signal, report, ...patience })
    opened.set(variables, made)
    return made
  }
  const closeAll = async (): Promise<void> => {
    await Promise.all([...opened.values()].map((each) => each[Symbol.asyncDispose]()))
  }
  const sources = { ...sourcesOf(env), [Symbol.asyncDispose]: closeAll }
  const store = await LayerStore.openForReading(options.root ?? defaultRoot(env), (place) => sources.origin(place))
  return { store, sources, sourcesOf, env }
}

/** Rejects with an error that names the operation, where a registry or content is at fault. */
async function naming<T>(operation: string, action: Promise<T>): Promise<T> {
  try {
    return await action
  } catch (error) {
    throw asTransferError(operation, error)
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
 * Keeps what the action uses from `prune`: a new image has no name before it is complete. A
 * read-only store has no place for a lease.
 */
export async function leased<T>(store: LayerStore, action: () => Promise<T>): Promise<T> {
  if (store.refusal) return action()
  await using _lease = await takeLease(store.paths)
  return await action()
}

async function* leasedBytes(store: LayerStore, open: () => Bytes): AsyncGenerator<Uint8Array> {
  if (store.refusal) return yield* open()
  await using _lease = await takeLease(store.paths)
  yield* open()
}

function nameFor(reference: string): string {
  const full = fullName(reference)
  if (full === undefined) throw new StoreNameError('NOT_FOUND', `"${reference}" cannot be the name of an image`)
  return full
}
