export { type Compression } from './compression.ts'
export { type Bytes, type ContentIngester, type ContentSource, type ContentTarget, type Tagger, type TagResolver } from './storage.ts'
