import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { launch, type LaunchContext } from './launcher/launch.ts'
import { makeMountPoint, MountPoints } from './mount-points.ts'
import { networkMounts } from './network-files.ts'
import { readHost } from './plan/host.ts'
import { planNamespaces } from './plan/namespaces.ts'
import { resultOf } from './process-result.ts'
import type { Isolator } from './process.ts'

/**
 * Runs processes in mount, PID, IPC, UTS, control group and, on request, network namespaces. The caller must be able to
 * mount: root, or root of a user namespace. Of the mount points nothing stays in the rootfs.
 */
export function namespaceIsolator(context: LaunchContext): Isolator {
  const host = readHost()
  return {
    run: async (spec, io) => {
      const files = mkdtempSync(join(context.scratch, 'network-'))
      const points = new MountPoints(spec.rootfs)
      try {
        for (const target of ['/proc', '/sys', '/dev']) points.make({ target, directory: true })
        const mounts = [...networkMounts(spec, files), ...spec.mounts].map((mount) => makeMountPoint(points, mount))
        return await resultOf(launch(planNamespaces({ ...spec, mounts }, host), io, context))
      } finally {
        points.remove()
        rmSync(files, { recursive: true })
      }
    },
  }
}
