import { Command } from 'commander'
import type { Invocation } from '../../invocation/invocation.ts'
import { addStoreFlags, type StoreFlags, withStore } from '../with-store.ts'

/** `tsbuild tag`: another name for an image. */
export function tagCommand(invocation: Invocation): Command {
  return addStoreFlags(new Command('tag'))
    .description('Add a tag to an image of the local store. A tag of another image moves to this one.')
    .argument('<image>', 'name, digest, or beginning of a digest')
    .argument('<name>', 'new name')
    .action((image: string, name: string, flags: StoreFlags) =>
      withStore(invocation, flags, (store) => store.tag(image, name)),
    )
}
