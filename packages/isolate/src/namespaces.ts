import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { launch, type LaunchContext } from './launcher/launch.ts'
import { hostsFile, resolvFile } from './network-files.ts'
import { outOfMemoryKills } from './out-of-memory.ts'
import { readHost } from './plan/host.ts'
import { planNamespaces } from './plan/namespaces.ts'
import { processResult } from './process-result.ts'
import type { Isolator, Mount, ProcessSpec } from './process.ts'

/**
 * Runs processes in mount, PID, IPC, UTS, control group and, on request, network namespaces. The caller must be able to
 * mount: root, or root of a user namespace.
 */
export function namespaceIsolator(context: LaunchContext): Isolator {
  const host = readHost()
  return {
    name: host.inUserNamespace ? 'userns' : 'root',
    run: async (spec, io) => {
      const files = join(context.scratch, `network-${randomBytes(6).toString('hex')}`)
      mkdirSync(files, { mode: 0o755 })
      try {
        const mounts = [...networkMounts(spec, files), ...spec.mounts]
        const before = outOfMemoryKills()
        const ending = await launch(planNamespaces({ ...spec, mounts }, host), io, context)
        return processResult(ending, { before, after: outOfMemoryKills() })
      } finally {
        rmSync(files, { recursive: true })
      }
    },
  }
}

/** Writes /etc/hosts and /etc/resolv.conf into `directory`; the process sees them read-only. */
function networkMounts(spec: ProcessSpec, directory: string): readonly Mount[] {
  const files = { hosts: hostsFile(spec), 'resolv.conf': resolvFile() }
  return Object.entries(files).map(([name, text]) => {
    const source = join(directory, name)
    writeFileSync(source, text, { mode: 0o644 })
    return { type: 'bind', source, target: `/etc/${name}`, readonly: true, directory: false }
  })
}
