import { Command } from 'commander'
import { formatPlatform } from '@tsbuild/oci'
import type { Invocation } from '../invocation/invocation.ts'
import { formatAge, formatBytes, formatTable } from '../render/format.ts'
import { addStoreFlags, type StoreFlags, withStore } from './with-store.ts'
import { safeJson } from '../render/safe-text.ts'

interface ImagesFlags extends StoreFlags {
  readonly json?: boolean
  readonly quiet?: boolean
}

/** `tsbuild images`: what is in the local store. */
export function imagesCommand(invocation: Invocation): Command {
  const { stdout } = invocation
  return addStoreFlags(new Command('images'))
    .description('List the images of the local store, newest first.')
    .option('--json', 'print JSON')
    .option('-q, --quiet', 'print digests only')
    .action(async (flags: ImagesFlags) => {
      const images = await withStore(invocation, flags, (store) => store.images())
      if (flags.json) return void stdout.write(`${safeJson(images, 2)}\n`)
      if (flags.quiet) return void stdout.write(images.map(({ descriptor }) => `${descriptor.digest}\n`).join(''))
      const rows = images.flatMap(({ names, descriptor, size, created, platforms }) =>
        (names.length === 0 ? ['<none>'] : names).map((name) => [
          name,
          descriptor.digest.slice('sha256:'.length, 'sha256:'.length + 12),
          formatAge(created, Date.now()),
          formatBytes(size),
          platforms.map(formatPlatform).join(', '),
        ]),
      )
      stdout.write(formatTable([['NAME', 'DIGEST', 'CREATED', 'SIZE', 'PLATFORMS'], ...rows]))
    })
}
