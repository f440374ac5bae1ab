import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { type HostPath, hostPath } from '@tsbuild/tree'
import type { ScannedFile } from './scan-mount.ts'

const pieceSize = 1024 * 1024
const readOnly = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** A part of a file, from an offset. */
export type ReadPart = (offset: number, length: number) => Buffer

/**
 * Result of `action`, which reads a file as it was scanned; undefined if the file is gone or was
 * changed: steps of other builds may use the mount at the same time. The time of access stays, for
 * it says which files are in use.
 */
export async function readUnchanged<T>(
  directory: string,
  { path, stat }: ScannedFile,
  action: (read: ReadPart) => Promise<T>,
): Promise<T | undefined> {
  const fd = tryOpen(hostPath(directory, path))
  if (fd === undefined) return undefined
  try {
    if (!isSame(fd, stat)) return undefined
    const result = await action((offset, length) => {
      const buffer = Buffer.allocUnsafe(length)
      return buffer.subarray(0, readSync(fd, buffer, 0, length, offset))
    })
    return isSame(fd, stat) ? result : undefined
  } finally {
    closeSync(fd)
  }
}

/** The whole file in pieces. */
export async function* readPieces(read: ReadPart, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < size; at += pieceSize) yield read(at, Math.min(pieceSize, size - at))
}

function tryOpen(path: HostPath): number | undefined {
  // Only the owner of a file and root may read it unnoticed.
  for (const extra of [constants.O_NOATIME, 0]) {
    try {
      return openSync(path, readOnly | extra)
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code !== 'EPERM') return undefined
    }
  }
  return undefined
}

function isSame(fd: number, { ino, size, ctimeNs }: BigIntStats): boolean {
  const now = fstatSync(fd, { bigint: true })
  return now.ino === ino && now.size === size && now.ctimeNs === ctimeNs
}
