import { Command } from 'commander'
import { formatPlatform } from '@tsbuild/oci'
import { flag, list } from '../flags/declare-flag.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { parseFullPairs } from '../values/parse-pairs.ts'
import { formatTable } from '../render/format.ts'
import { UsageError } from '../invocation/usage-error.ts'
import {
  addStoreFlags,
  addTransferFlags,
  type StoreFlags,
  type TransferFlags,
  withStore,
  withTransfer,
} from './with-store.ts'
import { writeRaw } from '../render/write-raw.ts'

interface CreateFlags extends TransferFlags {
  readonly annotation: readonly string[]
  readonly append?: boolean
  readonly dryRun?: boolean
  readonly push?: boolean
  readonly tag: readonly string[]
}

/** `tsbuild index`: one name for the images of several platforms. */
export function indexCommand(invocation: Invocation): Command {
  return new Command('index')
    .description('Create or show an index: one name for the images of several platforms.')
    .helpCommand(false)
    .action(() => {
      throw new UsageError('missing or unknown sub-command: expected create or inspect')
    })
    .addCommand(createCommand(invocation))
    .addCommand(inspectCommand(invocation))
}

/** `create`; with `inRegistry`, sources and index are in registries, as with docker. */
export function createCommand(
  invocation: Invocation,
  { inRegistry = false }: { readonly inRegistry?: boolean } = {},
): Command {
  return addTransferFlags(new Command('create'))
    .description(
      `Create an index of images${inRegistry ? ' in their registry' : ''}, in the given order, and print its digest. Indexes contribute all their images.`,
    )
    .argument(
      '[images...]',
      inRegistry ? 'names or NAME@DIGEST' : 'names or digests, from the local store or registries',
    )
    .addOption(list('-t, --tag <name>', 'name of the index; may be repeated'))
    .addOption(list('--annotation <key=value>', 'add an annotation to the index'))
    .option('--append', 'begin with the images that the index of the first name has now')
    .option('--dry-run', 'print the index and write nothing')
    .addOption(
      flag('--push', 'push the index, and what its registry lacks, instead of storing it').hideHelp(inRegistry),
    )
    .action(async (images: readonly string[], flags: CreateFlags) => {
      const { tag: names, append, dryRun, push } = flags
      const annotations = parseFullPairs('--annotation', flags.annotation.map(withoutLevel))
      const [first] = names
      if (first === undefined && (append || !dryRun)) throw new UsageError('missing --tag, the name of the index')
      const sources = [...(append && first !== undefined ? [first] : []), ...images]
      if (sources.length === 0) throw new UsageError('missing the images of the index')
      const to = dryRun ? 'nowhere' : push || inRegistry ? 'registry' : 'store'
      const { digest, raw } = await withTransfer(invocation, flags, (store, options) =>
        store.createIndex({ names, sources, annotations, to, fromRegistry: inRegistry }, options),
      )
      if (dryRun) writeRaw(invocation.stdout, raw)
      else invocation.stdout.write(`${digest}\n`)
    })
}

/** Docker's `index:KEY=VALUE` is `KEY=VALUE`; other levels are refused. */
function withoutLevel(annotation: string): string {
  if (/^manifest(?:-descriptor)?[[:]/.test(annotation))
    throw new UsageError(`invalid --annotation "${annotation}": only annotations of the index can be added here`)
  return annotation.replace(/^index:/, '')
}

function inspectCommand(invocation: Invocation): Command {
  return addStoreFlags(new Command('inspect'))
    .description('Show the contents of an index of the local store.')
    .argument('<name>', 'name or digest')
    .option('--raw', 'print the index byte by byte')
    .action(async (name: string, flags: StoreFlags & { readonly raw?: boolean }) => {
      await withStore(invocation, flags, async (store) => {
        if (flags.raw) return writeRaw(invocation.stdout, (await store.documents(name)).raw)
        const { descriptor, platforms } = await store.resolve(name)
        invocation.stdout.write(
          `${descriptor.digest}\n${formatTable([['PLATFORM'], ...platforms.map((platform) => [formatPlatform(platform)])])}`,
        )
      })
    })
}
