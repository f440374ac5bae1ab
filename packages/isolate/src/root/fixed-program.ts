import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { firstBytes, readElf } from '../confined/loader/elf-program.ts'
import { hostArch } from '../launcher/start.ts'
import type { ProcessSpec } from '../model/process.ts'
import { programPaths } from '../plan/exec.ts'
import { resolveInRoot } from './resolve-in-root.ts'

/**
 * True if the program of a process is linked statically to fixed addresses. False where it cannot
 * be read. Mounts of the process may cover it, so the answer is a guess.
 */
export function isFixedProgram({ rootfs, args, env }: Pick<ProcessSpec, 'rootfs' | 'args' | 'env'>): boolean {
  for (const path of programPaths(args[0] ?? '', env)) {
    const fixed = readFixed(join(rootfs, resolveInRoot(rootfs, path)))
    if (fixed !== undefined) return fixed
  }
  return false
}

function readFixed(path: string): boolean | undefined {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return undefined
  const fd = openSync(path, 'r')
  try {
    const read = (offset: number, size: number): Buffer => {
      const bytes = Buffer.alloc(size)
      return bytes.subarray(0, readSync(fd, bytes, 0, size, offset))
    }
    const program = readElf(hostArch(), read(0, firstBytes), read)
    return program !== undefined && !program.movable && program.interpreter === undefined
  } finally {
    closeSync(fd)
  }
}
