import { Command } from 'commander'
import { formatPlatform, hostPlatform } from '@tsbuild/oci'
import type { Invocation } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usage-error.ts'
import { credsHelp, credsOfNames } from '../values/registry-access.ts'
import { addTransferFlags, type TransferFlags, withTransfer } from './with-store.ts'

interface PullFlags extends TransferFlags {
  readonly allPlatforms?: boolean
  readonly creds?: string
  readonly platform?: string
  readonly referrers?: boolean
}

/** `tsbuild pull`: images of registries into the local store. */
export function pullCommand(invocation: Invocation): Command {
  return addTransferFlags(new Command('pull'))
    .description(
      'Pull images into the local store and print NAME@DIGEST for each. A build pulls its base images itself.',
    )
    .argument('<names...>', 'names of images')
    .option('--platform <platform>', 'image of an index to pull (default: this machine)')
    .option('--all-platforms', 'pull the whole index')
    .option('--referrers', 'also what refers to the image: attestations, signatures')
    .option('--creds <user:password>', credsHelp)
    .action(async (names: readonly string[], flags: PullFlags) => {
      if (flags.allPlatforms && flags.platform !== undefined)
        throw new UsageError('options --platform and --all-platforms exclude each other')
      const platform = flags.platform ?? formatPlatform(hostPlatform())
      const credentials = await credsOfNames('--creds', flags.creds, { names, invocation })
      const pulled = await withTransfer(invocation, { ...flags, credentials }, async (store, options) => {
        const lines: string[] = []
        for (const reference of names) {
          const request = {
            ...options,
            referrers: flags.referrers ?? false,
            ...(flags.allPlatforms ? {} : { platform }),
          }
          const { digest } = await store.pull(reference, request)
          lines.push(`${reference}@${digest}\n`)
        }
        return lines
      })
      invocation.stdout.write(pulled.join(''))
    })
}
