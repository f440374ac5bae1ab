export { BlobDirectory, type StoredBlob } from './blob-directory.ts'
export { collectGarbage, type GarbageOptions } from './collect-garbage.ts'
export { type Compression, compress, sniffCompression } from './compression.ts'
export { CopyError } from './copy-error.ts'
export { type CopyOptions, copyGraph } from './copy-graph.ts'
export { decompress } from './decompress.ts'
export { ContentError, type ContentErrorCode } from './errors.ts'
export { gzipMember } from './gzip.ts'
export { withFreeLock, withLock } from './lock.ts'
export { makeDirectories } from './make-directories.ts'
export { mapOrdered } from './map-ordered.ts'
export { MemoryContent } from './memory-content.ts'
export { defaultPace, type Pace, PaceClock } from './pace.ts'
export { currentOwner, livenessOf } from './process-owner.ts'
export { OciLayout } from './oci-layout.ts'
export { fetchAll, readAll } from './read-all.ts'
export { reachable } from './reachable.ts'
export { readReferrer, type Referrer } from './referrer.ts'
export {
  type Bytes,
  type ContentIngester,
  type ContentSource,
  type ContentTarget,
  type Referrers,
  type Tagger,
  type TagResolver,
} from './storage.ts'
export { successors, successorsIn } from './successors.ts'
export { ownerOf, temporaryPath } from './temporary-files.ts'
export { verified } from './verified.ts'
export { writeNewFile } from './write-new-file.ts'
