import { Command } from 'commander'
import type { Invocation } from '../../invocation/invocation.ts'
import { UsageError } from '../../invocation/usage-error.ts'
import { list } from '../../flags/declare-flag.ts'
import { parseEndpoint, placesHelp } from '../../values/places/parse-endpoint.ts'
import { parseFullPairs } from '../../values/parse-pairs.ts'
import { addPlaceFlags, type PlaceFlags, withPlace } from './with-place.ts'

interface AnnotateFlags extends PlaceFlags {
  readonly annotation: readonly string[]
  readonly remove: readonly string[]
  readonly tag?: string
}

/** `tsbuild annotate`: annotations of a manifest or index. */
export function annotateCommand(invocation: Invocation): Command {
  return addPlaceFlags(new Command('annotate'))
    .description('Change the annotations of a manifest or index, and print its new digest. Layers and config stay.')
    .argument('<image>', 'name of an image in a registry, or another place')
    .addOption(list('--annotation <key=value>', 'set an annotation; repeatable'))
    .addOption(list('--remove <key>', 'remove an annotation; repeatable'))
    .option('-t, --tag <place>', 'write the result there (default: in place of the image)')
    .addHelpText('after', placesHelp)
    .action(async (image: string, { annotation, remove, tag, ...flags }: AnnotateFlags) => {
      if (annotation.length + remove.length === 0) throw new UsageError('annotate needs --annotation or --remove')
      const annotations = parseFullPairs('--annotation', annotation)
      const place = parseEndpoint(image, invocation.cwd)
      const to = parseEndpoint(tag ?? image, invocation.cwd)
      const digest = await withPlace(invocation, { flags, place }, async (store, options) => {
        await using source = await store.open(place, options)
        const { annotateImage } = await import('../../../images/annotate-image.ts')
        const { descriptor, content } = await annotateImage(source, { annotations, removed: remove })
        await store.write({ descriptor, content, referrers: [] }, to, options)
        return descriptor.digest
      })
      invocation.stdout.write(`${digest}\n`)
    })
}
