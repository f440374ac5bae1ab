export { type Descriptor } from './descriptor.ts'
export { type Digest, digestOf, hexOf, isDigest, parseDigest } from './digest.ts'
export { OciError } from './errors.ts'
export { type Platform } from './platform.ts'
