import { Command } from 'commander'
import type { Invocation } from '../invocation/invocation.ts'
import { addStoreFlags, type StoreFlags, withStore } from './with-store.ts'

/** `tsbuild tag`: another name for an image. */
export function tagCommand(invocation: Invocation): Command {
  return addStoreFlags(new Command('tag'))
    .description('Give an image of the local store another name. A name that points elsewhere is moved.')
    .argument('<image>', 'name, digest, or the first digits of one')
    .argument('<name>', 'the new name')
    .action((image: string, name: string, flags: StoreFlags) => withStore(invocation, flags, (store) => store.tag(image, name)))
}
