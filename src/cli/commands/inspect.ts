import { Command } from 'commander'
import type { StoredDocuments, StoredImage } from '../../store/local-store.ts'
import { UsageError } from '../invocation/usage-error.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { shortName } from '../values/image-names.ts'
import { addStoreFlags, type StoreFlags, withStore } from './with-store.ts'
import { safeBlock, safeJson } from '../render/safe-text.ts'
import { writeRaw } from '../render/write-raw.ts'

interface InspectFlags extends StoreFlags {
  readonly platform?: string
  readonly raw?: boolean
  readonly format?: string
  readonly type?: string
}

/** `tsbuild inspect`: the documents of an image. */
export function inspectCommand(invocation: Invocation): Command {
  const { stdout } = invocation
  return addStoreFlags(new Command('inspect'))
    .description('Show the names, manifest and config of an image as JSON.')
    .argument('<images...>', 'names, digests, or beginnings of digests')
    .option('--platform <platform>', 'image of an index to show (default: this machine)')
    .option('-f, --format <template>', 'print a Go template with the fields of docker inspect, such as {{.Config.Env}}')
    .option('--raw', 'print the manifest or index byte by byte')
    .option('--type <type>', 'only image')
    .action(async (names: readonly string[], flags: InspectFlags) => {
      if (flags.type !== undefined && flags.type !== 'image')
        throw new UsageError(`invalid --type "${flags.type}": tsbuild has images only`)
      if (flags.raw === true && names.length > 1) throw new UsageError('--raw takes one image')
      const format = flags.format
      const template =
        format === undefined || format === 'json'
          ? undefined
          : (await import('../template/run-template.ts')).compileTemplate(format)
      await withStore(invocation, flags, async (store) => {
        for (const name of names) {
          const documents = await store.documents(name, flags.platform)
          if (flags.raw) return writeRaw(stdout, documents.raw)
          const image = await store.resolve(name)
          if (template) stdout.write(`${safeBlock(template(dockerFields(image, documents)))}\n`)
          else if (format === 'json') stdout.write(`${safeJson(dockerFields(image, documents), 0)}\n`)
          else stdout.write(`${safeJson(ownFields(image, documents), 2)}\n`)
        }
      })
    })
}

function ownFields(
  { names, descriptor, size, platforms }: StoredImage,
  { layers, config }: StoredDocuments,
): Readonly<Record<string, unknown>> {
  return { names, ...descriptor, totalSize: size, platforms, layers, config }
}

/** The fields of `docker inspect`. The id is that of the manifest or index, as in containerd. */
function dockerFields(
  { names, descriptor, size }: StoredImage,
  { config, layers }: StoredDocuments,
): Readonly<Record<string, unknown>> {
  const repositories = new Set(names.map((name) => shortName(name).replace(/:[^:/]+$/, '')))
  return {
    Id: descriptor.digest,
    RepoTags: names.map(shortName),
    RepoDigests: [...repositories].map((name) => `${name}@${descriptor.digest}`),
    Created: config?.created,
    Author: config?.author ?? '',
    Config: config?.config ?? {},
    Architecture: config?.architecture,
    ...(config?.variant !== undefined && { Variant: config.variant }),
    Os: config?.os,
    Size: size,
    RootFS: { Type: 'layers', Layers: config?.rootfs.diff_ids ?? [] },
    Descriptor: descriptor,
    Layers: layers,
  }
}
