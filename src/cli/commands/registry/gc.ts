import { resolve } from 'node:path'
import { Command } from 'commander'
import { formatBytes, formatCount } from '../../../units.ts'
import type { Invocation } from '../../invocation/invocation.ts'
import { parseDuration } from '../../values/parse-duration.ts'
import { addStoreFlags, type StoreFlags } from '../with-store.ts'

interface GcFlags extends StoreFlags {
  readonly storage?: string
  readonly untagged?: boolean
  readonly grace: string
  readonly dryRun?: boolean
}

/** `tsbuild registry gc`: frees room in the storage of a registry. */
export function gcCommand(invocation: Invocation): Command {
  const { stdout, signal, engine, cwd, env } = invocation
  return addStoreFlags(new Command('gc'))
    .description('Remove blobs that no manifest of a registry needs. The registry may run meanwhile.')
    .option('--storage <directory>', 'directory of the registry (default: registry in the store)')
    .option('--untagged', 'also remove manifests that no tag leads to')
    .option('--grace <duration>', 'keep what was used within this time: clients may be pushing', '1h')
    .option('-n, --dry-run', 'only count what would be removed')
    .action(async ({ storage, untagged = false, grace, dryRun = false, root }: GcFlags) => {
      const store = root === undefined ? env['TSBUILD_ROOT'] : resolve(cwd, root)
      const { manifests, blobs, freed } = await engine.collectRegistry({
        ...(store && { root: store }),
        ...(storage !== undefined && { storage: resolve(cwd, storage) }),
        untagged,
        grace: parseDuration('--grace', grace) * 1000,
        dryRun,
        signal,
      })
      const [remove, free] = dryRun ? ['would remove', 'free'] : ['removed', 'freed']
      const parts = [...(untagged ? [formatCount(manifests, 'manifest')] : []), formatCount(blobs, 'blob')]
      stdout.write(`${remove} ${parts.join(' and ')}, ${free} ${formatBytes(freed)}\n`)
    })
}
