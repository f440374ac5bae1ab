import { Command } from 'commander'
import { formatPlatform } from '@tsbuild/oci'
import type { LocalStore } from '../../../store/local-store.ts'
import { flag, list } from '../../flags/declare-flag.ts'
import type { Invocation } from '../../invocation/invocation.ts'
import { formatAge, formatTable } from '../../render/format.ts'
import { formatBytes } from '../../../units.ts'
import { type NamedImage, listNames, nameMatcher } from '../../values/image-names.ts'
import { parseImageFilters } from '../../values/filters/parse-image-filter.ts'
import { addStoreFlags, type StoreFlags, withStore } from '../with-store.ts'
import { safeJson } from '../../render/safe-text.ts'

interface ImagesFlags extends StoreFlags {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly filter: readonly string[]
  readonly format?: string
  readonly noTrunc?: boolean
}

/** `tsbuild images`: what is in the local store. */
export function imagesCommand(invocation: Invocation): Command {
  const { stdout } = invocation
  return addStoreFlags(new Command('images'))
    .description('List the images of the local store, newest first.')
    .argument('[pattern]', 'only some names, such as app, team/* or app:1.*')
    .addOption(list('--filter <filter>', 'only some images: reference=PATTERN, label=KEY[=VALUE], before=IMAGE, …'))
    .option('--format <template>', 'print a Go template for each name, or json, or table TEMPLATE')
    .option('--json', 'print JSON')
    .addOption(flag('--no-trunc', 'print digests in full length'))
    .option('-q, --quiet', 'print digests only')
    .addOption(flag('-a, --all').hideHelp())
    .addOption(flag('--digests').hideHelp())
    .action(async (pattern: string | undefined, flags: ImagesFlags) => {
      const found = await withStore(invocation, flags, (store) => findNames(store, pattern, flags.filter))
      const images = [...new Set(found.map(({ image }) => image))]
      if (flags.json) return void stdout.write(`${safeJson(images, 2)}\n`)
      if (flags.quiet) return void stdout.write(images.map(({ descriptor }) => `${descriptor.digest}\n`).join(''))
      if (flags.format !== undefined) return void stdout.write(await formatted(flags.format, found, flags))
      const rows = found.map((named) => {
        const { image } = named
        return [
          named.name ?? '<none>',
          shortDigest(image.descriptor.digest, flags),
          formatAge(image.created, Date.now()),
          formatBytes(image.size),
          image.platforms.map(formatPlatform).join(', '),
        ]
      })
      stdout.write(formatTable([['NAME', 'DIGEST', 'CREATED', 'SIZE', 'PLATFORMS'], ...rows]))
    })
}

async function findNames(
  store: LocalStore,
  pattern: string | undefined,
  filters: readonly string[],
): Promise<readonly NamedImage[]> {
  const names = listNames(await store.images())
  const isNamed = pattern === undefined ? () => true : await nameMatcher(pattern)
  const passes = await parseImageFilters(filters, store)
  const found: NamedImage[] = []
  for (const named of names) if (isNamed(named) && (await passes(named))) found.push(named)
  return found
}

/** Rows with the fields that docker's rows have. */
async function formatted(format: string, found: readonly NamedImage[], flags: ImagesFlags): Promise<string> {
  const { formatRows } = await import('../../template/format-rows.ts')
  return formatRows(
    format,
    found.map(({ image, repository, tag }) => ({
      ID: shortDigest(image.descriptor.digest, flags),
      Repository: repository,
      Tag: tag,
      Digest: image.descriptor.digest,
      CreatedSince: formatAge(image.created, Date.now()),
      CreatedAt: image.created ?? '',
      Size: formatBytes(image.size),
      Platforms: image.platforms.map(formatPlatform).join(', '),
    })),
  )
}

function shortDigest(digest: string, { noTrunc = false }: ImagesFlags): string {
  return noTrunc ? digest : digest.slice('sha256:'.length, 'sha256:'.length + 12)
}
