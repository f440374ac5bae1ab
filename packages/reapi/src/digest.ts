import { create, type DescMessage, type MessageShape, toBinary } from '@bufbuild/protobuf'
import { algorithmOf, type Descriptor, type Digest, digestOf, hexOf, isDigest } from '@tsbuild/oci'
import { ReapiError } from './errors.ts'
import { type Digest as WireDigest, DigestSchema } from './generated/remote_execution_pb.ts'

/** Name and size of content: the same facts in OCI and in a content-addressable storage. */
export type Named = Pick<Descriptor, 'digest' | 'size'>

/** Content in memory with its name. */
export interface Blob extends Named {
  readonly bytes: Uint8Array
}

export function blobOf(bytes: Uint8Array): Blob {
  return { bytes, digest: digestOf(bytes), size: bytes.length }
}

/** Encodes a message as content, with its fields in the order of their numbers as REAPI wants. */
export function messageBlob<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): Blob {
  return blobOf(toBinary(schema, message))
}

/** Throws `ReapiError` `REMOTE_REFUSED` for a digest that servers do not have. */
export function toWire({ digest, size }: Named): WireDigest {
  if (algorithmOf(digest) !== 'sha256')
    throw new ReapiError('REMOTE_REFUSED', `servers of the Remote Execution API have sha256 digests, not ${digest}`)
  return create(DigestSchema, { hash: hexOf(digest), sizeBytes: BigInt(size) })
}

/** Reads a digest that a server sent; throws `ReapiError` `REMOTE_INVALID` for anything else. */
export function fromWire(wire: WireDigest | undefined): Named {
  const digest = `sha256:${wire?.hash ?? ''}`
  const size = Number(wire?.sizeBytes ?? -1)
  if (isDigest(digest) && Number.isSafeInteger(size) && size >= 0) return { digest, size }
  throw new ReapiError('REMOTE_INVALID', 'the server sent a damaged digest')
}

/** Key of content in maps. */
export function keyOfDigest({ digest, size }: Named): `${Digest}/${number}` {
  return `${digest}/${size}`
}
