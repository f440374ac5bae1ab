import { Command } from 'commander'
import type { Invocation } from '../invocation/invocation.ts'
import { parseEndpoint } from '../values/parse-endpoint.ts'
import { addTransferFlags, type TransferFlags, withTransfer } from './with-store.ts'

interface CopyFlags extends TransferFlags {
  readonly platform?: string
  readonly referrers?: boolean
}

const endpoints = `
Places:
  NAME, docker://NAME     a registry
  store:NAME              the local store
  oci:DIRECTORY[:TAG]     an OCI image layout on disk
`

/** `tsbuild copy`: an image from one place to another, bytes unchanged. */
export function copyCommand(invocation: Invocation): Command {
  return addTransferFlags(new Command('copy'))
    .description('Copy an image from one place to another with its digests; prints the digest.')
    .argument('<from>', 'where it is')
    .argument('<to>', 'where it goes')
    .option('--platform <platform>', 'one image of an index (default: all of it)')
    .option('--referrers', 'from a registry, also what refers to the image: attestations, signatures (from elsewhere always)')
    .addHelpText('after', endpoints)
    .action(async (from: string, to: string, flags: CopyFlags) => {
      const [source, target] = [parseEndpoint(from, invocation.cwd), parseEndpoint(to, invocation.cwd)]
      const { platform, referrers = false } = flags
      const { digest } = await withTransfer(invocation, flags, (store, options) =>
        store.copy(source, target, { ...options, referrers, ...(platform === undefined ? {} : { platform }) }),
      )
      invocation.stdout.write(`${digest}\n`)
    })
}
