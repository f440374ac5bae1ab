import { Command } from 'commander'
import type { Invocation } from '../invocation/invocation.ts'
import { addTransferFlags, type TransferFlags, withTransfer } from './with-store.ts'

/** `tsbuild push`: stored images to the registries in their names. */
export function pushCommand(invocation: Invocation): Command {
  return addTransferFlags(new Command('push'))
    .description('Push images of the local store to the registries in their names and print NAME@DIGEST for each.')
    .argument('<names...>', 'names of images, such as registry.example/app:1.0')
    .action(async (names: readonly string[], flags: TransferFlags) => {
      const pushed = await withTransfer(invocation, flags, async (store, options) => {
        const lines: string[] = []
        for (const reference of names) {
          const { digest } = await store.copy({ kind: 'store', reference }, { kind: 'registry', reference }, options)
          lines.push(`${reference}@${digest}\n`)
        }
        return lines
      })
      invocation.stdout.write(pushed.join(''))
    })
}
