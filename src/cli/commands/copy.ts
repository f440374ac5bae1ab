import { Command } from 'commander'
import type { Invocation } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usage-error.ts'
import { parseEndpoint, placesHelp } from '../values/places/parse-endpoint.ts'
import { formatHelp, parseFormat } from '../values/parse-format.ts'
import { credsHelp } from '../values/registry-access.ts'
import { credsFor } from './places/with-place.ts'
import { addTransferFlags, type TransferFlags, withTransfer } from './with-store.ts'

interface CopyFlags extends TransferFlags {
  readonly all?: boolean
  readonly destCreds?: string
  readonly format?: string
  readonly platform?: string
  readonly referrers?: boolean
  readonly srcCreds?: string
  readonly tags?: string
}

/** `tsbuild copy`: an image from one place to others, bytes unchanged. */
export function copyCommand(invocation: Invocation): Command {
  return addTransferFlags(new Command('copy'))
    .description('Copy an image between registries, the local store, layouts and archives, and print its digest.')
    .argument('<from>', 'source')
    .argument('<to...>', 'destinations')
    .option('--platform <platform>', 'copy one image of an index')
    .option('-a, --all', 'copy the whole index (the default)')
    .option('--tags <pattern>', "the places are repositories: copy all tags of this pattern, such as 'v1.*'")
    .option(
      '--referrers',
      'from a registry, also what refers to the image: attestations, signatures (from elsewhere always)',
    )
    .option('-f, --format <form>', `${formatHelp} (default: those of the source)`)
    .option('--src-creds <user:password>', credsHelp)
    .option('--dest-creds <user:password>', credsHelp)
    .addHelpText('after', placesHelp)
    .action(async (from: string, to: readonly string[], flags: CopyFlags) => {
      const { platform, referrers = false, all } = flags
      if (all && platform !== undefined) throw new UsageError('options --platform and --all exclude each other')
      const format = flags.format === undefined ? undefined : parseFormat(flags.format)
      const source = parseEndpoint(from, invocation.cwd)
      const targets = to.map((each) => parseEndpoint(each, invocation.cwd))
      const credentials = {
        ...(await credsFor('--src-creds', flags.srcCreds, { places: [source], invocation })),
        ...(await credsFor('--dest-creds', flags.destCreds, { places: targets, invocation })),
      }
      if (flags.tags !== undefined) {
        if (platform !== undefined || format !== undefined || to.length > 1)
          throw new UsageError('option --tags takes one destination, and neither --platform nor --format')
        const { syncPairs } = await import('./places/sync.ts')
        return syncPairs(invocation, [{ from, to: to[0] ?? '' }], { ...flags, credentials, concurrency: 3 })
      }
      const { digest } = await withTransfer(invocation, { ...flags, credentials }, (store, options) =>
        store.copy(source, targets, {
          ...options,
          referrers,
          ...(platform !== undefined && { platform }),
          ...(format !== undefined && { format }),
        }),
      )
      invocation.stdout.write(`${digest}\n`)
    })
}
