import { algorithmOf, digestOf, isDigest, isIndexType, isManifestType, type Descriptor } from '@tsbuild/oci'
import { RegistryError } from '../errors.ts'
import { drain, readBody } from '../http.ts'
import type { Endpoint } from './endpoint.ts'
import { acceptedManifests } from './manifest-types.ts'
import { mediaTypeOf } from './media-type-of.ts'

/**
 * Manifests beyond this, in bytes, are refused (distribution-spec § Pushing Manifests names 4 MiB).
 */
export const maxManifestSize: number = 4 * 1024 * 1024

/** Answer of a registry: the descriptor, its absence, or unknown without reading the manifest. */
export type Resolution = Descriptor | 'absent' | 'unclear'

/** Asks what `reference` is without moving it (distribution-spec § Existing Manifests). */
export function headManifest(repository: string, reference: string): Endpoint<Resolution> {
  return {
    ...manifestRequest(repository, reference),
    method: 'HEAD',
    // Registries and proxies that do not do HEAD on manifests say so in various ways.
    expects: [200, 400, 404, 405, 406, 501],
    decode: (response) => {
      if (response.status !== 200) return response.status === 404 ? 'absent' : 'unclear'
      const digest = response.headers.get('docker-content-digest') ?? ''
      const size = response.headers.get('content-length') ?? ''
      const mediaType = mediaTypeOf(response)
      // A registry may name by sha256 what was asked by sha512.
      const isOther = isDigest(reference) && isDigest(digest) && algorithmOf(digest) !== algorithmOf(reference)
      if (isOther || !isDigest(digest) || !/^\d{1,15}$/.test(size) || !isManifest(mediaType)) return 'unclear'
      if (Number(size) > maxManifestSize) {
        throw new RegistryError('REGISTRY_TOO_LARGE', `the manifest is larger than ${maxManifestSize} bytes`)
      }
      return { mediaType, digest, size: Number(size) }
    },
  }
}

/** A manifest or index with its bytes. */
export interface ReadManifest {
  readonly descriptor: Descriptor
  readonly bytes: Uint8Array
}

/** Reads what `reference` is. */
export function getManifest(repository: string, reference: string): Endpoint<ReadManifest | 'absent'> {
  return {
    ...manifestRequest(repository, reference),
    method: 'GET',
    expects: [200, 404],
    decode: async (response) => {
      if (response.status === 404) {
        await drain(response)
        return 'absent'
      }
      const bytes = await readBody(response, maxManifestSize)
      const announced = mediaTypeOf(response)
      const mediaType = isManifest(announced) ? announced : mediaTypeInside(bytes)
      if (!isManifest(mediaType)) {
        throw new RegistryError(
          'REGISTRY_MANIFEST_INVALID',
          `unsupported manifest type "${(mediaType || announced).slice(0, 100)}"`,
          {
            hint: 'the image must be an OCI or a Docker schema 2 image',
          },
        )
      }
      const algorithm = isDigest(reference) ? algorithmOf(reference) : undefined
      return { descriptor: { mediaType, digest: digestOf(bytes, algorithm), size: bytes.length }, bytes }
    },
  }
}

function manifestRequest(
  repository: string,
  reference: string,
): Pick<Endpoint<Resolution>, 'path' | 'accept' | 'actions' | 'describe' | 'reference'> {
  return {
    path: `/v2/${repository}/manifests/${reference}`,
    accept: acceptedManifests,
    actions: ['pull'],
    describe: 'resolve',
    reference,
  }
}

function isManifest(mediaType: string): boolean {
  return isManifestType(mediaType) || isIndexType(mediaType)
}

/** Media type in the document itself, for registries that label everything `application/json`. */
function mediaTypeInside(bytes: Buffer): string {
  try {
    const body: unknown = JSON.parse(bytes.toString())
    return typeof body === 'object' && body !== null && 'mediaType' in body && typeof body.mediaType === 'string'
      ? body.mediaType
      : ''
  } catch (cause) {
    const hint = 'check that this is the address of a registry'
    throw new RegistryError('REGISTRY_MANIFEST_INVALID', 'the manifest is not JSON', { cause, hint })
  }
}
