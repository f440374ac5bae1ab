export { BlobDirectory, type StoredBlob } from './disk/blob-directory.ts'
export { type Claim, Claims } from './disk/claims.ts'
export { DirectoryFlights } from './disk/directory-flights.ts'
export { collectGarbage, type GarbageOptions } from './disk/collect-garbage.ts'
export { type ChunkSizes, cutChunks, defaultChunkSizes } from './chunking/fast-cdc.ts'
export { type Compression, compress, sniffCompression } from './compression/compression.ts'
export { CopyError } from './graph/copy-error.ts'
export { type CopyOptions, copyGraph, type Skipped } from './graph/copy-graph.ts'
export { Deadline } from './storage/deadline.ts'
export { decompress } from './compression/decompress.ts'
export { abortable } from './storage/abortable.ts'
export { ContentError, type ContentErrorCode, explainWriteFailure, hasErrno } from './storage/errors.ts'
export { freeChunk, lendChunk, markFresh } from './memory/fresh-chunk.ts'
export { inBatches } from './storage/in-batches.ts'
export { type Block, takeBlock } from './memory/shared-memory.ts'
export { gzipMember } from './compression/gzip.ts'
export { homeDirectory } from './disk/home-directory.ts'
export { withFreeLock, withLock } from './disk/lock.ts'
export { makeDirectories } from './disk/make-directories.ts'
export { mapOrdered } from './storage/map-ordered.ts'
export { MemoryContent, oneChunk } from './storage/memory-content.ts'
export { defaultPace, type Pace, PaceClock } from './storage/pace.ts'
export { currentOwner, checkLiveness } from './disk/process-owner.ts'
export { OciLayout } from './disk/oci-layout.ts'
export { fetchAll, readAll } from './storage/read-all.ts'
export { reachable } from './graph/reachable.ts'
export { readReferrer, type Referrer } from './graph/referrer.ts'
export { type Flight, type FlightRequest, type SingleFlight } from './storage/single-flight.ts'
export {
  type Bytes,
  type ContentIngester,
  type ContentSource,
  type ContentTarget,
  type Referrers,
  type Tagger,
  type TagResolver,
} from './storage/storage.ts'
export { asSole, factsOf, type StreamFacts, withFacts } from './storage/stream-facts.ts'
export { isDocument, successors, successorsIn } from './graph/successors.ts'
export { syncDirectory } from './disk/sync-directory.ts'
export { parseOwner, prepareTemporary, temporaryPath } from './disk/temporary-files.ts'
export { untilAborted } from './storage/until-aborted.ts'
export { verified } from './storage/verified.ts'
export { writeNewFile } from './disk/write-new-file.ts'
