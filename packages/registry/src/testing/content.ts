import type { Bytes } from '@tsbuild/content'
import { digestOf, mediaTypes, type Descriptor } from '@tsbuild/oci'

/** Bytes and the descriptor that names them. */
export interface Sample {
  readonly descriptor: Descriptor
  readonly bytes: Buffer
  /** Gives the bytes in small chunks, as often as asked. */
  readonly content: Bytes
}

/** A blob of `text`, or of `size` bytes that repeat only after a long while. */
export function sampleBlob(from: string | number): Sample {
  return sampleOf(mediaTypes.ociLayer, typeof from === 'string' ? Buffer.from(from) : noise(from))
}

/** A manifest without layers whose config is `config`. */
export function sampleManifest(config: Descriptor): Sample {
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [] }
  return sampleOf(mediaTypes.ociManifest, Buffer.from(JSON.stringify(manifest)))
}

function sampleOf(mediaType: string, bytes: Buffer): Sample {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length }
  const content = {
    [Symbol.asyncIterator]: async function* () {
      for (let offset = 0; offset < bytes.length; offset += 65_536) yield bytes.subarray(offset, offset + 65_536)
    },
  }
  return { descriptor, bytes, content }
}

function noise(size: number): Buffer {
  const bytes = Buffer.alloc(size)
  for (let index = 0, state = 1; index < size; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    bytes[index] = state >>> 16
  }
  return bytes
}
