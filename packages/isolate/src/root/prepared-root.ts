import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DirectoryTimes } from './directory-times.ts'
import type { LaunchContext } from '../launcher/launch.ts'
import { isFixedProgram } from './fixed-program.ts'
import { makeMountPoint, MountPoints } from './mount-points.ts'
import { needsResolver, networkMounts } from './network-files.ts'
import { findPasta, pastaMissing, PrivateNetwork } from './private-network.ts'
import type { ProcessSpec } from '../model/process.ts'

/**
 * Loads programs of i386 that use glibc, the only ones that need `socketcall`. Its path in the
 * rootfs may lie; either answer is safe.
 */
const i386Loader = 'lib/ld-linux.so.2'

/** A root directory with every mount point that a process needs. */
export interface PreparedRoot {
  /** With all mounts. */
  readonly spec: ProcessSpec
  /** An empty directory of the process, for files of the caller. */
  readonly files: string
  /** For a launch that waits for its network. */
  readonly onPid?: (pid: number) => Promise<void>
}

/**
 * Prepares the root directory of a process for `action`, and removes what it made when that ends.
 * All mount points are removed.
 */
export async function withPreparedRoot<T>(
  spec: ProcessSpec,
  context: LaunchContext,
  action: (prepared: PreparedRoot) => Promise<T>,
): Promise<T> {
  if (spec.network === 'private' && findPasta() === undefined) throw pastaMissing()
  const files = mkdtempSync(join(context.scratch, 'process-'))
  const networkFiles = mkdtempSync(join(context.scratch, 'network-'))
  const network = new PrivateNetwork(context.libc, networkFiles)
  const times = new DirectoryTimes(context.libc)
  const points = new MountPoints(spec.rootfs, times)
  try {
    for (const target of ['/proc', '/sys', '/dev']) points.make({ target, directory: true })
    const mounts = [...networkMounts(spec, networkFiles), ...spec.mounts].map((mount) => makeMountPoint(points, mount))
    times.restore()
    const socketcall = existsSync(join(spec.rootfs, i386Loader))
    const fixed = spec.ledger !== undefined && isFixedProgram(spec)
    const onPid =
      spec.network === 'private' ? { onPid: (pid: number) => network.connect(pid, { resolver: needsResolver() }) } : {}
    return await action({ spec: { ...spec, mounts, socketcall, fixed }, files, ...onPid })
  } finally {
    points.remove()
    await network[Symbol.asyncDispose]()
    for (const directory of [files, networkFiles]) rmSync(directory, { recursive: true })
  }
}
