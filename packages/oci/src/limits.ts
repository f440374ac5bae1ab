/**
 * Bounds of the documents that are read, and so of those that are written. Images in use have a few
 * hundred layers and history entries at most; registries refuse manifests of more than 4 MiB.
 */
export const limits = {
  /** Bytes. */
  document: 4 * 1024 * 1024,
  /** Levels of objects and lists. */
  depth: 64,
  layers: 1000,
  history: 10_000,
  /** Of an index. */
  manifests: 10_000,
} as const
