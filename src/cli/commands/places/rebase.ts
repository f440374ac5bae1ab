import { Command } from 'commander'
import type { Invocation } from '../../invocation/invocation.ts'
import { safeText } from '../../render/safe-text.ts'
import { parseEndpoint, placesHelp } from '../../values/places/parse-endpoint.ts'
import { addPlaceFlags, type PlaceFlags, withPlace } from './with-place.ts'

interface RebaseFlags extends PlaceFlags {
  readonly newBase: string
  readonly oldBase: string
  readonly platform?: string
  readonly tag: string
}

/** `tsbuild rebase`: an image on a newer base, without a build. */
export function rebaseCommand(invocation: Invocation): Command {
  return addPlaceFlags(new Command('rebase'))
    .description(
      'Replace the base of an image without a build, and print the new digest. Refused unless the image begins with the old base; steps that depend on the base are not run again.',
    )
    .argument('<image>', 'name of an image in a registry, or another place')
    .requiredOption('--old-base <place>', 'base that the image was built on')
    .requiredOption('--new-base <place>', 'base to put in its place')
    .requiredOption('-t, --tag <place>', 'destination')
    .option('--platform <platform>', 'image of an index to use')
    .addHelpText('after', placesHelp)
    .action(async (image: string, { oldBase, newBase, tag, platform, ...flags }: RebaseFlags) => {
      const [place, from, onto, to] = [image, oldBase, newBase, tag].map((text) => parseEndpoint(text, invocation.cwd))
      if (place === undefined || from === undefined || onto === undefined || to === undefined) return
      const { digest, changed } = await withPlace(invocation, { flags, place }, async (store, options) => {
        await using source = await store.open(place, options)
        await using before = await store.open(from, options)
        await using after = await store.open(onto, options)
        const { readImage } = await import('../../../images/read-image.ts')
        const { rebaseImage } = await import('../../../images/rebase-image.ts')
        const rebased = await rebaseImage(await readImage(source, platform), {
          oldBase: await readImage(before, platform),
          newBase: await readImage(after, platform),
        })
        await store.write({ ...rebased, referrers: [] }, to, options)
        return { digest: rebased.descriptor.digest, changed: rebased.changed }
      })
      if (changed.length > 0) invocation.stderr.write(`note: from the new base: ${safeText(changed.join(', '))}\n`)
      invocation.stdout.write(`${digest}\n`)
    })
}
