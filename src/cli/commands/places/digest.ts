import { Command } from 'commander'
import type { Invocation } from '../../invocation/invocation.ts'
import { parseEndpoint, placesHelp } from '../../values/places/parse-endpoint.ts'
import { addPlaceFlags, type PlaceFlags, withPlace } from './with-place.ts'

interface DigestFlags extends PlaceFlags {
  readonly fullRef?: boolean
  readonly platform?: string
}

/** `tsbuild digest`: the digest that a name means now. */
export function digestCommand(invocation: Invocation): Command {
  return addPlaceFlags(new Command('digest'))
    .description('Print the digest of an image in a registry, or of one elsewhere. No layer is transferred.')
    .argument('<image>', 'name of an image in a registry, or another place')
    .option('--platform <platform>', 'digest of one manifest of an index')
    .option('--full-ref', 'print NAME@DIGEST')
    .addHelpText('after', placesHelp)
    .action(async (image: string, flags: DigestFlags) => {
      const place = parseEndpoint(image, invocation.cwd)
      const { name, digest } = await withPlace(invocation, { flags, place }, async (store, options) => {
        await using source = await store.open(place, options)
        if (flags.platform === undefined) return { name: source.name, digest: source.descriptor.digest }
        const { selectManifest } = await import('../../../store/places/select-manifest.ts')
        const { digest } = await selectManifest(source.descriptor, source.content, flags.platform)
        return { name: source.name, digest }
      })
      const repository = name.replace(/(?::[^:/@]+)?(?:@.*)?$/, '')
      invocation.stdout.write(`${flags.fullRef ? `${repository}@` : ''}${digest}\n`)
    })
}
