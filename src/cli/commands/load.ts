import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
import type { Invocation } from '../invocation.ts'
import { UsageError } from '../usage-error.ts'
import { addStoreFlags, type StoreFlags, withStore } from '../with-store.ts'

interface LoadFlags extends StoreFlags {
  readonly input: string
}

/** `tsbuild load`: the images of an archive into the local store. */
export function loadCommand(invocation: Invocation): Command {
  const { stdin, stdout, cwd } = invocation
  return addStoreFlags(new Command('load'))
    .description('Read images from an archive of tsbuild save or docker save, or from an OCI layout in a tar; prints their names.')
    .option('-i, --input <file>', 'the archive; - is standard input', '-')
    .action(async ({ input, ...flags }: LoadFlags) => {
      if (input === '-' && stdin.isTTY) throw new UsageError('Option --input is missing, and standard input is a terminal')
      const archive = input === '-' ? stdin : createReadStream(resolve(cwd, input))
      for (const name of await withStore(invocation, flags, (store) => store.load(archive))) stdout.write(`loaded ${name}\n`)
    })
}
