import { Command } from 'commander'
import { confirm } from '../../invocation/confirm.ts'
import type { Invocation } from '../../invocation/invocation.ts'
import { UsageError } from '../../invocation/usage-error.ts'
import { safeText } from '../../render/safe-text.ts'
import { namesPlace, parseEndpoint } from '../../values/places/parse-endpoint.ts'
import { credsHelp } from '../../values/registry-access.ts'
import { credsFor } from '../places/with-place.ts'
import { addTransferFlags, type TransferFlags, withTransfer } from '../with-store.ts'

interface RmFlags extends TransferFlags {
  readonly creds?: string
  readonly force?: boolean
}

/** `tsbuild rm`: removes names from the store, or tags and manifests from registries. */
export function rmCommand(invocation: Invocation): Command {
  return addTransferFlags(new Command('rm'))
    .description(
      'Remove tags from images; with a digest, all tags of the image. Run tsbuild prune to free the space. docker://NAME:TAG and docker://NAME@DIGEST remove from a registry.',
    )
    .argument('<images...>', 'names or digests of the store, or docker://NAME:TAG or @DIGEST')
    .option('-f, --force', 'do not ask before something is removed from a registry')
    .option('--creds <user:password>', credsHelp)
    .action(async (images: readonly string[], flags: RmFlags) => {
      const places = images.map((image) => readPlace(image, invocation.cwd))
      const remote = places.flatMap((place) => (place.kind === 'registry' ? [place.reference] : []))
      const credentials = await credsFor('--creds', flags.creds, { places, invocation })
      if (remote.length > 0 && flags.force !== true)
        await confirm(invocation, remote.map(describeRemoval).join('\n'), 'add --force')
      await withTransfer(invocation, { ...flags, credentials }, async (store, options) => {
        for (const place of places) {
          if (place.kind === 'registry') {
            await store.deleteManifest(place.reference, options)
            invocation.stdout.write(`removed ${safeText(place.reference)}\n`)
          } else
            for (const name of await store.untag(place.reference))
              invocation.stdout.write(`untagged ${safeText(name)}\n`)
        }
      })
    })
}

function readPlace(image: string, cwd: string): { readonly kind: 'store' | 'registry'; readonly reference: string } {
  if (!namesPlace(image)) return { kind: 'store', reference: image }
  const place = parseEndpoint(image, cwd)
  if (place.kind === 'store' || place.kind === 'registry') return { kind: place.kind, reference: place.reference }
  throw new UsageError(`cannot remove "${image}": only images of the store and of registries can be removed`)
}

function describeRemoval(reference: string): string {
  const name = safeText(reference)
  return reference.includes('@')
    ? `This removes ${name} from its registry, with all its tags.`
    : `This removes the tag ${name} from its registry.`
}
