import { type Digest, isForeignLayerType, isIndexType, isManifestType, limits } from '@tsbuild/oci'
import { asDigest } from '../names/as-digest.ts'
import { WireError } from '../wire/wire-error.ts'

/** Content that a manifest names. */
export interface ContentReference {
  readonly digest: Digest
  /** Empty where the manifest leaves it out. */
  readonly mediaType: string
}

/** A manifest or index as far as a registry has to understand it. */
export interface ReadManifest {
  readonly mediaType: string
  /** Content without which the manifest is not complete. */
  readonly references: readonly ContentReference[]
  /** Manifest that this one describes; need not exist. */
  readonly subject?: Digest
  /** For lists of referrers: `artifactType`, else, for an image, the type of its config. */
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
}

type JsonObject = Readonly<Record<string, unknown>>

/**
 * Reads a pushed manifest: OCI's or Docker's schema 2, an image or an index. `contentType` is the
 * header of the push; without one the member `mediaType` decides, then the members. Throws
 * `WireError` `MANIFEST_INVALID`.
 */
export function readManifest(bytes: Uint8Array, contentType?: string): ReadManifest {
  const document = parseObject(bytes)
  const mediaType = mediaTypeOf(document, contentType)
  if (document['schemaVersion'] !== 2)
    throw invalid('schemaVersion is not 2; images of Docker schema 1 are not supported')
  const read = isIndexType(mediaType) ? readIndex(document) : readImage(document)
  const subject = has(document, 'subject') ? digestIn(document['subject'], 'subject') : undefined
  const annotations = readAnnotations(document)
  return { mediaType, ...read, ...(subject && { subject }), ...(annotations && { annotations }) }
}

function readImage(document: JsonObject): Pick<ReadManifest, 'references' | 'artifactType'> {
  if (has(document, 'manifests')) throw invalid('an image with the member "manifests" of an index')
  const config = document['config']
  const references = [referenceIn(config, 'config')]
  const layers = listIn(document, 'layers', limits.layers)
  layers.forEach((layer, index) => {
    const reference = referenceIn(layer, `layers[${index}]`)
    // Such a layer is got elsewhere.
    if (!isForeignLayerType(reference.mediaType)) references.push(reference)
  })
  const artifactType = textIn(document, 'artifactType') || textIn(config, 'mediaType')
  return { references, ...(artifactType && { artifactType }) }
}

function readIndex(document: JsonObject): Pick<ReadManifest, 'references' | 'artifactType'> {
  if (has(document, 'layers') || has(document, 'config')) throw invalid('an index with members of an image')
  const manifests = listIn(document, 'manifests', limits.manifests)
  const references = manifests.map((entry, index) => referenceIn(entry, `manifests[${index}]`))
  const artifactType = textIn(document, 'artifactType')
  return { references, ...(artifactType && { artifactType }) }
}

function mediaTypeOf(document: JsonObject, contentType: string | undefined): string {
  const written = textIn(document, 'mediaType')
  // Parameters are ignored (distribution-spec § Pushing Manifests).
  const sent = contentType?.split(';')[0]?.trim().toLowerCase() || undefined
  const known = (type: string | undefined): boolean => type !== undefined && (isManifestType(type) || isIndexType(type))
  if (sent !== undefined && known(sent)) {
    if (written !== undefined && written !== sent)
      throw invalid(`mediaType is "${written.slice(0, 100)}", the Content-Type "${sent}"`)
    return sent
  }
  if (written !== undefined && known(written) && (sent === undefined || sent === 'application/json')) return written
  const type = sent ?? written
  if (type === undefined)
    return has(document, 'manifests')
      ? 'application/vnd.oci.image.index.v1+json'
      : 'application/vnd.oci.image.manifest.v1+json'
  throw invalid(`unsupported media type "${type.slice(0, 100)}"`)
}

function parseObject(bytes: Uint8Array): JsonObject {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (isObject(value)) return value
  } catch {
    // The message of the parser would repeat parts of the content.
  }
  throw invalid('not a JSON object in UTF-8')
}

function readAnnotations(document: JsonObject): Readonly<Record<string, string>> | undefined {
  if (!has(document, 'annotations') || document['annotations'] === null) return undefined
  const { annotations } = document
  if (!isObject(annotations)) throw invalid('annotations is not an object')
  const entries = Object.entries(annotations).map(([key, value]) => {
    if (typeof value !== 'string') throw invalid('an annotation is not a string')
    return [key, value] as const
  })
  return Object.fromEntries(entries)
}

function listIn(document: JsonObject, name: string, most: number): readonly unknown[] {
  const list: unknown = has(document, name) ? document[name] : []
  // Go writes an empty list of layers as null.
  if (list === null) return []
  if (!Array.isArray(list)) throw invalid(`${name} is not a list`)
  if (list.length > most) throw invalid(`${name} has more than ${most} entries`)
  return list
}

function digestIn(value: unknown, place: string): Digest {
  const digest = asDigest(textIn(value, 'digest') ?? '')
  if (digest === undefined) throw invalid(`${place} has no digest of SHA-256 or SHA-512`)
  return digest
}

function referenceIn(value: unknown, place: string): ContentReference {
  return { digest: digestIn(value, place), mediaType: textIn(value, 'mediaType') ?? '' }
}

function textIn(value: unknown, name: string): string | undefined {
  const member = isObject(value) && has(value, name) ? value[name] : undefined
  return typeof member === 'string' ? member : undefined
}

function has(document: JsonObject, name: string): boolean {
  return Object.hasOwn(document, name)
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(message: string): WireError {
  return new WireError('MANIFEST_INVALID', message)
}
