import { Command } from 'commander'
import type { Invocation } from '../invocation/invocation.ts'
import { credsHelp, credsOfNames } from '../values/registry-access.ts'
import { addTransferFlags, type TransferFlags, withTransfer } from './with-store.ts'

interface PushFlags extends TransferFlags {
  readonly creds?: string
}

/** `tsbuild push`: stored images to the registries in their names. */
export function pushCommand(invocation: Invocation): Command {
  return addTransferFlags(new Command('push'))
    .description('Push images of the local store to the registries in their names and print NAME@DIGEST for each.')
    .argument('<names...>', 'names of images, such as registry.example/app:1.0')
    .option('--creds <user:password>', credsHelp)
    .action(async (names: readonly string[], flags: PushFlags) => {
      const credentials = await credsOfNames('--creds', flags.creds, { names, invocation })
      const pushed = await withTransfer(invocation, { ...flags, credentials }, async (store, options) => {
        const lines: string[] = []
        for (const reference of names) {
          const { digest } = await store.push(reference, options)
          lines.push(`${reference}@${digest}\n`)
        }
        return lines
      })
      invocation.stdout.write(pushed.join(''))
    })
}
