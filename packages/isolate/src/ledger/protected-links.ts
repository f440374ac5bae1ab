import { readFileSync } from 'node:fs'
import { S_IFMT, S_IFREG, S_ISGID, S_ISUID, S_IXGRP } from '../listener/kernel.ts'

/**
 * The machine lets users give a further name only to files of their own, and to plain ones that
 * they may change (proc_sys_fs(5), `protected_hardlinks`).
 */
export const protectsLinks: boolean = readSetting('/proc/sys/fs/protected_hardlinks') !== '0'

/** True for a regular file that gives a program no other ids. */
export function isPlain(mode: number): boolean {
  const setsGroup = S_ISGID | S_IXGRP
  return (mode & S_IFMT) === S_IFREG && (mode & S_ISUID) === 0 && (mode & setsGroup) !== setsGroup
}

function readSetting(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return undefined
  }
}
