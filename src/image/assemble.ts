import { oneChunk } from '@tsbuild/content'
import {
  type Descriptor,
  digestOf,
  encodeImageConfig,
  encodeIndex,
  encodeManifest,
  type ImageConfig,
  type Platform,
} from '@tsbuild/oci'
import type { LoweredTarget } from '../frontend/state/lowered.ts'
import type { Snapshot } from '../layer/layer.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import { inlineCacheMember } from '../solve/cache-store.ts'
import type { AssembledPlatform, SolvedTarget } from './target.ts'
import type { AttestationForm, attestPlatforms } from './attest-platforms.ts'
import { type Annotation, annotationsFor, type AnnotationTarget } from './annotations.ts'
import { dateHistory } from './history.ts'
import { type ImageContent, imageContent } from './image-content.ts'
import { documentTypes, type Family } from './media-types.ts'
import { type LayerForm, publishedLayer } from './published-layer.ts'

/** Form of an image's documents. */
export interface ImageForm extends LayerForm {
  readonly family: Family
  readonly annotations: readonly Annotation[]
  /** An index also for one platform. */
  readonly alwaysIndex: boolean
  /** Seconds; the date of everything new. */
  readonly epoch?: number
  /** The config has no history. */
  readonly omitHistory?: boolean
  readonly attestations?: AttestationForm
  /** Cache records for the config of the image; absent without an inline cache. */
  inlineCache?(target: SolvedTarget): Promise<string>
}

/** A finished image whose documents are in the store. */
export interface AssembledImage {
  /** Of the manifest, or of the index where there are several platforms. */
  readonly root: Descriptor
  readonly platforms: readonly AssembledPlatform[]
  /** Manifests that refer to those of the platforms and that `root` does not lead to. */
  readonly referrers: readonly Descriptor[]
  readonly content: ImageContent
}

/**
 * Writes the config and manifest of each target into the store, and an index over them where there
 * are several or where it is to hold attestations, which come last. `checkForm` has passed the
 * form.
 */
export async function assembleImage(
  targets: readonly SolvedTarget[],
  form: ImageForm,
  store: LayerStore,
): Promise<AssembledImage> {
  const platforms = await Promise.all(targets.map((target) => assemblePlatform(target, form, store)))
  const content = imageContent(
    store.blobs,
    targets.flatMap(({ snapshot }) => snapshot),
  )
  const attestations = form.attestations ? await attested(platforms, form.attestations, store) : []
  const [inside, referrers] = form.attestations?.place === 'index' ? [attestations, []] : [[], attestations]
  const [only] = platforms
  if (platforms.length === 1 && only && !form.alwaysIndex && inside.length === 0) {
    return { root: only.manifest, platforms, referrers, content }
  }
  const manifests = [...platforms.map(({ manifest }) => manifest), ...inside]
  return { root: await writeIndex(manifests, form, store), platforms, referrers, content }
}

/** Most images have none: what it takes is loaded by those that do. */
const attested: typeof attestPlatforms = async (...request) =>
  (await import('./attest-platforms.ts')).attestPlatforms(...request)

async function assemblePlatform(target: SolvedTarget, form: ImageForm, store: LayerStore): Promise<AssembledPlatform> {
  const { lowered, snapshot } = target
  const { platform } = lowered
  const published = await Promise.all(snapshot.map((layer) => publishedLayer(layer, form, store)))
  const layers = published.map(({ descriptor }) => descriptor)
  const config = await writeDocument(
    store,
    documentTypes(form.family).config,
    encodeImageConfig(
      await imageConfig(
        lowered,
        published.map(({ layer }) => layer),
        { ...form, inline: await form.inlineCache?.(target) },
      ),
    ),
  )
  const annotations = annotationsFor(form.annotations, 'manifest', platform)
  const bytes = encodeManifest({
    schemaVersion: 2,
    mediaType: documentTypes(form.family).manifest,
    config,
    layers,
    ...(Object.keys(annotations).length !== 0 && { annotations }),
  })
  const manifest = await writeDocument(store, documentTypes(form.family).manifest, bytes)
  return {
    target,
    platform,
    manifest: {
      ...manifest,
      platform: describedPlatform(lowered),
      ...descriptorAnnotations(form, 'manifest-descriptor', platform),
    },
    config,
    layers,
    diffIds: await Promise.all(published.map(({ layer }) => layer.diffId())),
  }
}

/**
 * Platform of the image in an index. Windows runs only images of certain versions, which come from
 * the base image.
 */
function describedPlatform({ platform, config }: LoweredTarget): Platform {
  if (platform.os !== 'windows') return platform
  const { 'os.version': version, 'os.features': features } = config
  return { ...(version && { 'os.version': version }), ...(features && { 'os.features': features }), ...platform }
}

async function imageConfig(
  lowered: LoweredTarget,
  snapshot: Snapshot,
  { epoch, omitHistory, inline }: Pick<ImageForm, 'epoch' | 'omitHistory'> & { readonly inline: string | undefined },
): Promise<ImageConfig> {
  const diffIds = await Promise.all(snapshot.map((layer) => layer.diffId()))
  const layerDates = await Promise.all(snapshot.map((layer) => layer.created()))
  const fixed = epoch === undefined ? undefined : isoDate(epoch * 1000)
  const history = dateHistory({
    history: lowered.history,
    baseHistory: lowered.baseHistory,
    layerDates,
    fallback: lowered.history[lowered.baseHistory - 1]?.created ?? isoDate(Date.now()),
    ...(fixed !== undefined && { fixed }),
  })
  const created = fixed ?? history.at(-1)?.created ?? isoDate(Date.now())
  // Records of a base image are about its own layers.
  const { [inlineCacheMember]: _, ...kept } = lowered.config.extra ?? {}
  const extra = inline === undefined ? kept : { ...kept, [inlineCacheMember]: inline }
  return {
    ...lowered.config,
    created,
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: omitHistory ? [] : history,
    extra,
  }
}

async function writeIndex(manifests: readonly Descriptor[], form: ImageForm, store: LayerStore): Promise<Descriptor> {
  const annotations = annotationsFor(form.annotations, 'index')
  const { index } = documentTypes(form.family)
  const bytes = encodeIndex({
    schemaVersion: 2,
    mediaType: index,
    manifests,
    ...(Object.keys(annotations).length !== 0 && { annotations }),
  })
  return { ...(await writeDocument(store, index, bytes)), ...descriptorAnnotations(form, 'index-descriptor') }
}

async function writeDocument(store: LayerStore, mediaType: string, bytes: Uint8Array): Promise<Descriptor> {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length }
  await store.blobs.put(descriptor, oneChunk(bytes))
  return descriptor
}

function descriptorAnnotations(
  { annotations }: ImageForm,
  target: AnnotationTarget,
  platform?: Platform,
): Pick<Descriptor, 'annotations'> {
  const chosen = annotationsFor(annotations, target, platform)
  return Object.keys(chosen).length === 0 ? {} : { annotations: chosen }
}

function isoDate(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace('.000Z', 'Z')
}
