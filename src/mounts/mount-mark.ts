import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type Digest, isDigest } from '@tsbuild/oci'

/**
 * Note beside a mount: it was like a manifest at a time. Files that did not change since then need
 * not be read to be packed again. The time of change of a file cannot be set, so a mark that is
 * left over from a removed mount says nothing about files of a new one.
 */
export interface MountMark {
  /** Of the manifest. */
  readonly manifest: Digest
  /** Nanoseconds since 1970. Each later change of a file has a later time. */
  readonly time: bigint
}

const suffix = '.carried'

/** The mark of the mount in `directory`; undefined where it has none. */
export function readMark(directory: string): MountMark | undefined {
  try {
    const [manifest = '', time = ''] = readFileSync(directory + suffix, 'utf8').split(' ')
    return isDigest(manifest) && /^\d{1,19}$/.test(time) ? { manifest, time: BigInt(time) } : undefined
  } catch {
    return undefined
  }
}

/** Writes the mark. One that cannot be written costs time only. */
export function writeMark(directory: string, { manifest, time }: MountMark): void {
  try {
    rmSync(directory + suffix, { force: true })
    writeFileSync(directory + suffix, `${manifest} ${time}`, { flag: 'wx' })
  } catch {
    // Without it the whole mount is read again.
  }
}

/** A path beside the mount, to probe the clock of its file system. */
export function probePath(directory: string): string {
  return `${directory}.clock-${process.pid}`
}
