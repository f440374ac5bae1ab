import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Libc } from '../machine/libc.ts'

/** Place of a launcher. */
export interface LauncherPlace {
  /** Private directory in which programs can be executed. */
  readonly scratch: string
  /**
   * Makes it in memory where the kernel allows that: it holds arguments and the environment, and
   * with them secrets.
   */
  readonly memoryFile?: Libc['memoryFile'] | undefined
}

/** A launcher that can be executed until it is disposed of. */
export interface LauncherFile extends Disposable {
  readonly path: string
}

/** Writes a launcher to memory, else to the private directory. */
export function writeLauncher(elf: Uint8Array, { scratch, memoryFile }: LauncherPlace): LauncherFile {
  const name = `launch-${randomBytes(6).toString('hex')}`
  return (memoryFile && inMemory(elf, () => memoryFile(name))) ?? onDisk(elf, join(scratch, name))
}

/** Undefined where the kernel refuses such files (sysctl vm.memfd_noexec), or without /proc. */
function inMemory(elf: Uint8Array, make: () => number): LauncherFile | undefined {
  const fd = tryTo(make)
  if (fd === undefined) return undefined
  const close = (): void => closeSync(fd)
  const path = `/proc/self/fd/${fd}`
  if (existsSync(path)) {
    writeFileSync(fd, elf)
    return { path, [Symbol.dispose]: close }
  }
  close()
  return undefined
}

function onDisk(elf: Uint8Array, path: string): LauncherFile {
  writeFileSync(path, elf, { mode: 0o700, flag: 'wx' })
  return { path, [Symbol.dispose]: () => rmSync(path) }
}

function tryTo<T>(make: () => T): T | undefined {
  try {
    return make()
  } catch {
    return undefined
  }
}
