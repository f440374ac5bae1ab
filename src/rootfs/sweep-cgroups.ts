import { join } from 'node:path'
import { checkLiveness, parseOwner } from '@tsbuild/content'
import { cgroupPath, cgroupsIn, readCgroupView, removeCgroup, removeEmptyCgroup } from '@tsbuild/isolate'

/**
 * Removes the control groups of killed builds, with what still runs in them, wherever this process
 * could make some.
 */
export async function sweepCgroups(): Promise<void> {
  const groups = cgroupPath(readCgroupView()).flatMap((directory) =>
    cgroupsIn(directory).map((name) => ({ name, path: join(directory, name) })),
  )
  for (const { name, path } of groups) {
    const [kind] = name.split('-')
    const owner = parseOwner(name)
    if (owner === undefined || checkLiveness(owner) !== 'dead') continue
    if (kind === 'tsbuild') await removeCgroup(path)
    // Processes that made room for a build have nothing to do with it.
    else if (kind === 'callers') removeEmptyCgroup(path)
  }
}
