import type { Platform } from '@tsbuild/oci'
import type { SolvedTarget } from '../image/target.ts'

/** `linux_arm_v7`: the folder of a platform where an output holds several. */
function platformFolder({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant ? [variant] : [])].join('_')
}

/**
 * Folder of each target in a local or tar output: the root for one, a folder each for several,
 * unless `split` overrides it.
 */
export function placeTargets(
  targets: readonly SolvedTarget[],
  split: boolean | undefined,
): readonly { readonly target: SolvedTarget; readonly folder: string }[] {
  const apart = split ?? targets.length > 1
  return targets.map((target) => ({ target, folder: apart ? platformFolder(target.lowered.platform) : '' }))
}
