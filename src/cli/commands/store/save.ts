import { resolve } from 'node:path'
import { abortable, asSole, inBatches } from '@tsbuild/content'
import { Command, Option } from 'commander'
import { writeNamedFile } from '../../../export/write-named-file.ts'
import type { Invocation, Sink } from '../../invocation/invocation.ts'
import { UsageError } from '../../invocation/usage-error.ts'
import { addStoreFlags, type StoreFlags, withStore } from '../with-store.ts'

interface SaveFlags extends StoreFlags {
  readonly format: 'oci' | 'docker'
  readonly output: string
}

/** `tsbuild save`: stored images as one archive. */
export function saveCommand(invocation: Invocation): Command {
  const { stdout, cwd, signal } = invocation
  return addStoreFlags(new Command('save'))
    .description('Write images of the local store to one archive, for docker load, tsbuild load and skopeo.')
    .argument('<images...>', 'names or digests')
    .option('-o, --output <file>', 'archive to write; - for standard output', '-')
    .addOption(new Option('--format <format>', 'format of the archive').choices(['docker', 'oci']).default('docker'))
    .action(async (images: readonly string[], { format, output, ...flags }: SaveFlags) => {
      if (output === '-' && stdout.isTTY) {
        throw new UsageError('missing --output: an archive cannot be written to a terminal', {
          hint: 'name a file: tsbuild save -o image.tar NAME',
        })
      }
      await withStore(invocation, flags, async (store) => {
        const archive = store.save(images, format)
        if (output !== '-') return writeNamedFile(resolve(cwd, output), archive, signal)
        for await (const batch of abortable(inBatches(asSole(archive)), signal)) await writeBatch(stdout, batch)
      })
    })
}

/**
 * Writes a batch and waits until the sink takes more: a slow reader must not fill the memory.
 * Rejects when the sink has failed.
 */
async function writeBatch(sink: Sink, batch: Uint8Array): Promise<void> {
  sink.write(batch)
  await sink.drained?.()
  if (sink.failure !== undefined) throw sink.failure
}
