export { type TarEntry, type TarMetadata } from './entry.ts'
