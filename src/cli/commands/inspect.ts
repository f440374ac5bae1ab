import { Command } from 'commander'
import type { Invocation } from '../invocation/invocation.ts'
import { addStoreFlags, type StoreFlags, withStore } from './with-store.ts'
import { safeJson } from '../render/safe-text.ts'
import { writeRaw } from '../render/write-raw.ts'

interface InspectFlags extends StoreFlags {
  readonly platform?: string
  readonly raw?: boolean
}

/** `tsbuild inspect`: the documents of an image. */
export function inspectCommand(invocation: Invocation): Command {
  const { stdout } = invocation
  return addStoreFlags(new Command('inspect'))
    .description('Show the names, manifest and config of an image as JSON.')
    .argument('<image>', 'name, digest, or beginning of a digest')
    .option('--platform <platform>', 'image of an index to show (default: this machine)')
    .option('--raw', 'print the manifest or index byte by byte')
    .action(async (name: string, flags: InspectFlags) => {
      await withStore(invocation, flags, async (store) => {
        const { raw, layers, config } = await store.documents(name, flags.platform)
        if (flags.raw) return writeRaw(stdout, raw)
        const { names, descriptor, size, platforms } = await store.resolve(name)
        stdout.write(`${safeJson({ names, ...descriptor, totalSize: size, platforms, layers, config }, 2)}\n`)
      })
    })
}
