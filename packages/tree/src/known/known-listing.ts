import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { type Digest, digestOf, isDigest } from '@tsbuild/oci'

/** Result of the last scan of a directory. */
export interface KnownListing {
  /** Of the tree at that time, as `TreeFingerprint` has it. */
  readonly fingerprint: Digest
  /** Digest of its listing. */
  readonly listing: Digest
  /** Patterns that the scan added because links led there. */
  readonly followed: readonly string[]
}

const largestFile = 1 << 20

/** Reads the file of `writeKnownListing`. Undefined if it is missing or damaged. */
export function readKnownListing(file: string): KnownListing | undefined {
  try {
    const [text = '', check] = readFileSync(file, 'utf8').split('\n')
    if (digestOf(text) !== check) return undefined
    const value: Partial<Record<keyof KnownListing, unknown>> = JSON.parse(text)
    const { fingerprint, listing, followed } = value
    if (!isDigestText(fingerprint) || !isDigestText(listing) || !Array.isArray(followed)) return undefined
    return { fingerprint, listing, followed: followed.map(String) }
  } catch {
    return undefined
  }
}

/**
 * Writes the file atomically. `draft` is the path of the unfinished file, on the same file system.
 * Has no effect if too many links were followed.
 */
export function writeKnownListing(file: string, known: KnownListing, draft: string): void {
  const text = JSON.stringify(known)
  if (text.length > largestFile) return
  try {
    writeFileSync(draft, `${text}\n${digestOf(text)}`)
    renameSync(draft, file)
  } catch (error) {
    rmSync(draft, { force: true })
    throw error
  }
}

function isDigestText(value: unknown): value is Digest {
  return typeof value === 'string' && isDigest(value)
}
