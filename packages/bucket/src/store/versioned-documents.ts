/** A small document, and the version that a condition can name. */
export interface VersionedDocument {
  readonly bytes: Uint8Array
  readonly version: string
}

/** Condition of a write. */
export interface WriteCondition {
  /** Version to replace; without one, the document must not exist. */
  readonly version?: string | undefined
  readonly signal?: AbortSignal
}

/**
 * Small documents by name that are written under a condition. All methods reject as those of
 * `Bucket` do. A server that ignores conditions overwrites.
 */
export interface VersionedDocuments {
  /** Undefined when it does not exist. */
  read(name: string, signal?: AbortSignal): Promise<VersionedDocument | undefined>
  /** Resolves with the new version; undefined where the condition does not hold. */
  write(name: string, bytes: Uint8Array, condition: WriteCondition): Promise<string | undefined>
}

/** Limit of a document, in bytes. */
export const maxDocument = 2 * 1024 * 1024

/** Headers of a conditional write (RFC 9110, 13.1). */
export function conditionHeaders({ version }: WriteCondition): Readonly<Record<string, string>> {
  return version === undefined ? { 'if-none-match': '*' } : { 'if-match': version }
}

/** True for the answer to a write whose condition does not hold. */
export function isConflict(status: number): boolean {
  // 409: another write is under way (S3), the blob exists (Azure). 404: it was removed.
  return status === 412 || status === 409 || status === 404
}
