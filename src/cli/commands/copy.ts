import { Command } from 'commander'
import type { CopyEndpoint } from '../../store/local-store.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usage-error.ts'
import { parseEndpoint } from '../values/places/parse-endpoint.ts'
import { credsHelp, parseCreds } from '../values/registry-access.ts'
import { addTransferFlags, type TransferFlags, withTransfer } from './with-store.ts'

interface CopyFlags extends TransferFlags {
  readonly destCreds?: string
  readonly platform?: string
  readonly referrers?: boolean
  readonly srcCreds?: string
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
    .description('Copy an image between registries, the local store and layouts, and print its digest.')
    .argument('<from>', 'source')
    .argument('<to>', 'destination')
    .option('--platform <platform>', 'copy one image of an index (default: the whole index)')
    .option(
      '--referrers',
      'from a registry, also what refers to the image: attestations, signatures (from elsewhere always)',
    )
    .option('--src-creds <user:password>', credsHelp)
    .option('--dest-creds <user:password>', credsHelp)
    .addHelpText('after', endpoints)
    .action(async (from: string, to: string, flags: CopyFlags) => {
      const [source, target] = [parseEndpoint(from, invocation.cwd), parseEndpoint(to, invocation.cwd)]
      const { platform, referrers = false } = flags
      const credentials = {
        ...credsFor('--src-creds', flags.srcCreds, source),
        ...credsFor('--dest-creds', flags.destCreds, target),
      }
      const { digest } = await withTransfer(invocation, { ...flags, credentials }, (store, options) =>
        store.copy(source, target, { ...options, referrers, ...(platform !== undefined && { platform }) }),
      )
      invocation.stdout.write(`${digest}\n`)
    })
}

function credsFor(flag: string, text: string | undefined, place: CopyEndpoint): ReturnType<typeof parseCreds> {
  if (text === undefined) return {}
  if (place.kind !== 'registry') throw new UsageError(`${flag} is for a registry, not for a ${place.kind}`)
  return parseCreds(flag, text, [place.reference])
}
