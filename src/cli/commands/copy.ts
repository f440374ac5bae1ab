import { resolve } from 'node:path'
import { oneChunk } from '@tsbuild/content'
import { formatPlatform, hostPlatform } from '@tsbuild/oci'
import { Command, Option } from 'commander'
import { writeNamedFile } from '../../export/write-named-file.ts'
import { flag } from '../flags/declare-flag.ts'
import { copyPeers } from '../flags/peers/copy-flags.ts'
import { addPeers, notePeers } from '../flags/peers/peer-table.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usage-error.ts'
import { parseEndpoint, placesHelp } from '../values/places/parse-endpoint.ts'
import { formatHelp, parseFormat } from '../values/parse-format.ts'
import { parseJobs } from '../values/parse-jobs.ts'
import { addSideFlags, readSides, type SideFlags } from './places/side-access.ts'
import { addTransferFlags, type TransferFlags, withTransfer } from './with-store.ts'

interface CopyFlags extends TransferFlags, SideFlags {
  readonly all?: boolean
  readonly digestfile?: string
  readonly format?: string
  readonly jobs: string
  readonly multiArch?: string
  readonly platform?: string
  readonly preserveDigests?: boolean
  readonly recursive?: boolean
  readonly referrers?: boolean
  readonly tags?: string
}

/** `tsbuild copy`: an image from one place to others, bytes unchanged. */
export function copyCommand(invocation: Invocation): Command {
  const command = addTransferFlags(new Command('copy'))
    .description('Copy an image between registries, the local store, layouts and archives, and print its digest.')
    .argument('<from>', 'source')
    .argument('<to...>', 'destinations')
    .option('--platform <platform>', 'copy one image of an index')
    .option('-a, --all', 'copy the whole index (the default)')
    .option('--tags <pattern>', "the places are repositories: copy all tags of this pattern, such as 'v1.*'")
    .option('-j, --jobs <number>', 'with --tags: images copied at the same time', '3')
    .option(
      '--referrers',
      'from a registry, also what refers to the image: attestations, signatures (from elsewhere always)',
    )
    .option('-f, --format <form>', `${formatHelp} (default: those of the source)`)
    .option('--digestfile <file>', 'write the digest to a file')
    .addOption(new Option('--multi-arch <choice>').choices(['all', 'system']).hideHelp())
    .addOption(flag('--preserve-digests').hideHelp())
    .addOption(flag('-r, --recursive').hideHelp())
  addPeers(addSideFlags(command), copyPeers)
  return command
    .addHelpText('after', placesHelp)
    .action(async (from: string, to: readonly string[], flags: CopyFlags) => {
      const note = notePeers(command, copyPeers)
      if (note !== undefined) invocation.stderr.write(`note: ${note}\n`)
      const { referrers, platform } = checkFlags(flags)
      const concurrency = parseJobs(flags.jobs)
      const format = flags.format === undefined ? undefined : parseFormat(flags.format)
      const source = parseEndpoint(from, invocation.cwd)
      const targets = to.map((each) => parseEndpoint(each, invocation.cwd))
      const { credentials, sides } = await readSides(flags, { sources: [source], targets, invocation })
      if (flags.tags !== undefined) {
        if (platform !== undefined || format !== undefined || flags.digestfile !== undefined || to.length > 1)
          throw new UsageError('option --tags takes one destination, without --platform, --format and --digestfile')
        const { syncPairs } = await import('./places/sync-pairs.ts')
        const request = { ...flags, referrers, credentials, sides, concurrency }
        return syncPairs(invocation, [{ from, to: to[0] ?? '' }], request)
      }
      const { digest } = await withTransfer(invocation, { ...flags, credentials }, (store, options) =>
        store.copy(source, targets, {
          ...options,
          ...sides,
          referrers,
          ...(platform !== undefined && { platform }),
          ...(format !== undefined && { format }),
        }),
      )
      if (flags.digestfile !== undefined) {
        const { cwd, signal } = invocation
        await writeNamedFile(resolve(cwd, flags.digestfile), oneChunk(Buffer.from(digest)), signal)
      }
      invocation.stdout.write(`${digest}\n`)
    })
}

/** Platform and referrers from all spellings of their flags. Throws `UsageError`. */
function checkFlags(flags: CopyFlags): { readonly platform: string | undefined; readonly referrers: boolean } {
  const { all, multiArch, preserveDigests } = flags
  const platform = flags.platform ?? (multiArch === 'system' ? formatPlatform(hostPlatform()) : undefined)
  if ((all || multiArch === 'all') && platform !== undefined)
    throw new UsageError('options --platform and --all exclude each other')
  if (preserveDigests && flags.format !== undefined)
    throw new UsageError('options --preserve-digests and --format exclude each other')
  return { platform, referrers: (flags.referrers ?? flags.recursive) === true }
}
