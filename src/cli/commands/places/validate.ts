import { Command } from 'commander'
import type { Invocation } from '../../invocation/invocation.ts'
import { Exit } from '../../invocation/exit.ts'
import { exitCodes } from '../../../exit-codes.ts'
import { formatBytes, formatCount } from '../../../units.ts'
import { safeJson, safeText } from '../../render/safe-text.ts'
import { parseEndpoint, placesHelp } from '../../values/places/parse-endpoint.ts'
import { addPlaceFlags, type PlaceFlags, withPlace } from './with-place.ts'

interface ValidateFlags extends PlaceFlags {
  readonly json?: boolean
}

/** `tsbuild validate`: reads all of an image and reports its faults. */
export function validateCommand(invocation: Invocation): Command {
  const { stdout } = invocation
  return addPlaceFlags(new Command('validate'))
    .description(
      'Read all of an image and check digests, sizes, media types, documents, and each layer as a tar. Exit code 1 if there are faults.',
    )
    .argument('<image>', 'name of an image in a registry, or another place')
    .option('--json', 'print JSON')
    .addHelpText('after', placesHelp)
    .action(async (image: string, flags: ValidateFlags) => {
      const place = parseEndpoint(image, invocation.cwd)
      const result = await withPlace(invocation, { flags, place }, async (store, options) => {
        await using source = await store.open(place, options)
        const { validateImage } = await import('../../../images/validate-image.ts')
        return { digest: source.descriptor.digest, ...(await validateImage(source, options.signal)) }
      })
      if (flags.json) stdout.write(`${safeJson(result, 2)}\n`)
      else {
        for (const { place: at, digest, reason } of result.faults)
          stdout.write(`${safeText(`${at}  ${digest}  ${reason}`)}\n`)
        const { checked, digests, size, faults, digest } = result
        const rare = digests.sha512 === undefined ? '' : ` (${digests.sha512} with sha512 digests)`
        const found = formatCount(faults.length, 'fault')
        stdout.write(`${digest}: ${checked} contents${rare}, ${formatBytes(size)}, ${found}\n`)
      }
      if (result.faults.length > 0) throw new Exit(exitCodes.build)
    })
}
