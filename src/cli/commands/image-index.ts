import { Command } from 'commander'
import { formatPlatform } from '@tsbuild/oci'
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
  readonly push?: boolean
  readonly tag: string
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

/** `create`; with `pushes`, the index always goes to its registry, as with docker. */
export function createCommand(invocation: Invocation, { pushes = false }: { readonly pushes?: boolean } = {}): Command {
  return addTransferFlags(new Command('create'))
    .description(
      'Create an index of images, in the given order, and print its digest. Indexes contribute all their images.',
    )
    .argument('<images...>', 'names or digests, from the local store or registries')
    .requiredOption('-t, --tag <name>', 'name of the index')
    .option(
      '--annotation <key=value>',
      'add an annotation to the index',
      (value: string, before: readonly string[]) => [...before, value],
      [],
    )
    .option('--push', 'push the index and its images to the registry in its name')
    .action(async (sources: readonly string[], { tag, push, annotation, ...flags }: CreateFlags) => {
      const annotations = parseFullPairs('--annotation', annotation)
      const { digest } = await withTransfer(invocation, flags, async (store, options) => {
        const created = await store.createIndex({ name: tag, sources, annotations }, options)
        if (push || pushes)
          await store.copy({ kind: 'store', reference: tag }, { kind: 'registry', reference: tag }, options)
        return created
      })
      invocation.stdout.write(`${digest}\n`)
    })
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
