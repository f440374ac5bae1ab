import { Command } from 'commander'
import type { Invocation } from '../invocation/invocation.ts'
import { addStoreFlags, type StoreFlags, withStore } from './with-store.ts'
import { safeText } from '../render/safe-text.ts'

/** `tsbuild rm`: takes names away. */
export function rmCommand(invocation: Invocation): Command {
  return addStoreFlags(new Command('rm'))
    .description('Remove tags from images; with a digest, all tags of the image. Run tsbuild prune to free the space.')
    .argument('<images...>', 'names or digests')
    .action(async (images: readonly string[], flags: StoreFlags) => {
      await withStore(invocation, flags, async (store) => {
        for (const image of images) {
          for (const name of await store.untag(image)) invocation.stdout.write(`untagged ${safeText(name)}\n`)
        }
      })
    })
}
