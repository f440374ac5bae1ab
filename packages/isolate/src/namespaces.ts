import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DirectoryTimes } from './directory-times.ts'
import { launch, type LaunchContext } from './launcher/launch.ts'
import { type Listening, Supervisors } from './ledger/supervisors.ts'
import { makeMountPoint, MountPoints } from './mount-points.ts'
import { needsResolver, networkMounts } from './network-files.ts'
import { findPasta, pastaMissing, PrivateNetwork } from './private-network.ts'
import { readHost } from './plan/host.ts'
import { planNamespaces } from './plan/namespaces.ts'
import { resultOf } from './process-result.ts'
import type { Isolator } from './process.ts'

/** Loads programs of i386 that use glibc, the only ones that need `socketcall`. Its path in the rootfs may lie; either answer is safe. */
const i386Loader = 'lib/ld-linux.so.2'

/**
 * Runs processes in mount, PID, IPC, UTS, control group and, on request, network namespaces. The caller must be able to
 * mount: root, or root of a user namespace. Of the mount points nothing stays in the rootfs.
 */
export function namespaceIsolator(context: LaunchContext): Isolator {
  const host = readHost(context.libc.landlockAbi())
  let made: Supervisors | undefined
  const supervisors = (): Supervisors => (made ??= new Supervisors())
  return {
    run: async (spec, io) => {
      if (spec.network === 'private' && findPasta() === undefined) throw pastaMissing()
      const files = mkdtempSync(join(context.scratch, 'network-'))
      const network = new PrivateNetwork(context.libc, files)
      const times = new DirectoryTimes(context.libc)
      const points = new MountPoints(spec.rootfs, times)
      try {
        for (const target of ['/proc', '/sys', '/dev']) points.make({ target, directory: true })
        const mounts = [...networkMounts(spec, files), ...spec.mounts].map((mount) => makeMountPoint(points, mount))
        times.restore()
        const socketcall = existsSync(join(spec.rootfs, i386Loader))
        const onPid = spec.network === 'private' ? { onPid: (pid: number) => network.connect(pid, { resolver: needsResolver() }) } : {}
        const { ledger } = spec
        const supervise = ledger && { supervise: (process: Listening) => supervisors().supervise(process, ledger) }
        const launched = launch(planNamespaces({ ...spec, mounts, socketcall }, host), io, { ...context, ...onPid, ...supervise })
        return await resultOf(launched)
      } finally {
        points.remove()
        await network[Symbol.asyncDispose]()
        rmSync(files, { recursive: true })
      }
    },
  }
}
