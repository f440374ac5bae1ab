import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { readInput } from '@tsbuild/content'
import { Command } from 'commander'
import type { Invocation } from '../../invocation/invocation.ts'
import { safeText } from '../../render/safe-text.ts'
import { UsageError } from '../../invocation/usage-error.ts'
import { addStoreFlags, type StoreFlags, withStore } from '../with-store.ts'

interface LoadFlags extends StoreFlags {
  readonly input: string
  readonly quiet?: boolean
}

/** `tsbuild load`: the images of an archive into the local store. */
export function loadCommand(invocation: Invocation): Command {
  const { stdin, stdout, cwd, signal } = invocation
  return addStoreFlags(new Command('load'))
    .description(
      'Read images from an archive of tsbuild save or docker save, or from an OCI layout in a tar, and print their names.',
    )
    .option('-i, --input <file>', 'archive to read; - for standard input', '-')
    .option('-q, --quiet', 'print only the names')
    .action(async ({ input, quiet, ...flags }: LoadFlags) => {
      if (input === '-' && stdin.isTTY) throw new UsageError('missing --input: standard input is a terminal')
      const archive = input === '-' ? stdin : readInput(findArchive(input, cwd), signal)
      const name = input === '-' ? 'standard input' : `"${input}"`
      for (const loaded of await withStore(invocation, flags, (store) => store.load(archive, name)))
        stdout.write(`${quiet ? '' : 'loaded '}${safeText(loaded)}\n`)
    })
}

function findArchive(input: string, cwd: string): string {
  const path = resolve(cwd, input)
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined || found.isDirectory()) {
    throw new UsageError(`--input names ${found ? 'a directory' : 'a file that does not exist'}: ${input}`)
  }
  return path
}
