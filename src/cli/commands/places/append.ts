import { mkdtemp, rm } from 'node:fs/promises'
import { statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { OciLayout } from '@tsbuild/content'
import { Command } from 'commander'
import type { Invocation } from '../../invocation/invocation.ts'
import { UsageError } from '../../invocation/usage-error.ts'
import { list } from '../../flags/declare-flag.ts'
import { parseEndpoint, placesHelp } from '../../values/places/parse-endpoint.ts'
import { addPlaceFlags, type PlaceFlags, withPlace } from './with-place.ts'

interface AppendFlags extends PlaceFlags {
  readonly file: readonly string[]
  readonly platform?: string
  readonly tag: string
}

/** `tsbuild append`: tar archives as layers on top of an image. */
export function appendCommand(invocation: Invocation): Command {
  return addPlaceFlags(new Command('append'))
    .description('Add the files of tar archives to an image as new layers, and print the new digest.')
    .argument('<image>', 'name of an image in a registry, or another place')
    .addOption(list('-f, --file <tar>', 'archive, also compressed with gzip or zstd; repeatable').makeOptionMandatory())
    .requiredOption('-t, --tag <place>', 'destination')
    .option('--platform <platform>', 'image of an index to use')
    .addHelpText('after', placesHelp)
    .action(async (image: string, { file, tag, platform, ...flags }: AppendFlags) => {
      const [place, to] = [parseEndpoint(image, invocation.cwd), parseEndpoint(tag, invocation.cwd)]
      const files = file.map((path) => resolve(invocation.cwd, path))
      if (files.length === 0) throw new UsageError('append needs --file')
      for (const [index, path] of files.entries())
        if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true)
          throw new UsageError(`--file names no regular file: ${file[index] ?? path}`)
      const digest = await withPlace(invocation, { flags, place }, async (store, options) => {
        await using source = await store.open(place, options)
        const { readImage } = await import('../../../images/read-image.ts')
        const { appendLayers } = await import('../../../images/append-layer.ts')
        const scratch = await mkdtemp(join(tmpdir(), 'tsbuild-append-'))
        try {
          const editable = await readImage(source, platform)
          const { descriptor, content } = await appendLayers(editable, files, await OciLayout.create(scratch))
          await store.write({ descriptor, content, referrers: [] }, to, options)
          return descriptor.digest
        } finally {
          await rm(scratch, { recursive: true, force: true })
        }
      })
      invocation.stdout.write(`${digest}\n`)
    })
}
