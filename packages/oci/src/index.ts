export { annotationKeys } from './annotations.ts'
export { canonicalJson } from './canonical-json.ts'
export { type Descriptor, parseDescriptor } from './descriptor.ts'
export {
  algorithmOf,
  type Digest,
  type DigestAlgorithm,
  digestAlgorithms,
  digestForm,
  digestOf,
  digestOfHex,
  endDigest,
  hasDigest,
  hexOf,
  isDigest,
  parseDigest,
  startDigest,
} from './digest.ts'
export { findManifest } from './find-manifest.ts'
export { encodeImageConfig } from './encode-image-config.ts'
export { OciError, type OciErrorCode } from './errors.ts'
export { type ContainerConfig, type HealthConfig, type HistoryEntry, type ImageConfig } from './image-config.ts'
export { encodeIndex, type ImageIndex, parseIndex } from './image-index.ts'
export { limits } from './limits.ts'
export { encodeManifest, type ImageManifest, parseManifest } from './manifest.ts'
export {
  compressionOf,
  isForeignLayerType,
  isIndexType,
  isLayerType,
  isManifestType,
  mediaTypes,
} from './media-types.ts'
export { parseImageConfig } from './parse-image-config.ts'
export {
  formatPlatform,
  hostPlatform,
  knownArchitectures,
  normalizePlatform,
  parsePlatform,
  type Platform,
} from './platform.ts'
export { familiarReference, formatReference, parseReference, type Reference, withDefaultTag } from './reference.ts'
export { selectPlatform } from './select-platform.ts'
