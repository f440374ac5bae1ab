import { Command } from 'commander'
import type { CopyEndpoint } from '../../../store/places/place.ts'
import type { LocalStore } from '../../../store/local-store.ts'
import type { TransferOptions } from '../../../store/transfer-options.ts'
import type { ImageDocuments } from '../../../store/places/read-documents.ts'
import { UsageError } from '../../invocation/usage-error.ts'
import type { Invocation } from '../../invocation/invocation.ts'
import { shortName } from '../../values/image-names.ts'
import { namesPlace, parseEndpoint, placesHelp } from '../../values/places/parse-endpoint.ts'
import { credsFor } from '../places/with-place.ts'
import { addTransferFlags, type TransferFlags, withTransfer } from '../with-store.ts'
import { credsHelp } from '../../values/registry-access.ts'
import { FixedFields } from '../../template/fixed-fields.ts'
import { safeBlock, safeJson } from '../../render/safe-text.ts'
import { writeRaw } from '../../render/write-raw.ts'

type NamedDocuments = ImageDocuments & { readonly names: readonly string[] }

interface InspectFlags extends TransferFlags {
  readonly config?: boolean
  readonly creds?: string
  readonly platform?: string
  readonly raw?: boolean
  readonly format?: string
  readonly type?: string
}

/** `tsbuild inspect`: the documents of an image. */
export function inspectCommand(invocation: Invocation): Command {
  const { stdout } = invocation
  return addTransferFlags(new Command('inspect'))
    .description('Show the names, manifest and config of an image as JSON. From a registry no layer is transferred.')
    .argument('<images...>', 'names, digests or beginnings of digests in the store, or places such as docker://NAME')
    .option('--platform <platform>', 'image of an index to show (default: this machine)')
    .option(
      '-f, --format <template>',
      'print a Go template with the fields of docker inspect and .Manifest, such as {{.Config.Env}}',
    )
    .option('--raw', 'print the manifest or index byte by byte')
    .option('--config', 'print the config byte by byte')
    .option('--type <type>', 'only image')
    .option('--creds <user:password>', credsHelp)
    .addHelpText(
      'after',
      placesHelp.replace('NAME, docker://NAME ', 'docker://NAME       ').replace('store:NAME', 'NAME, store:NAME'),
    )
    .action(async (names: readonly string[], flags: InspectFlags) => {
      checkFlags(names, flags)
      const format = flags.format
      const template =
        format === undefined || format === 'json'
          ? undefined
          : (await import('../../template/run-template.ts')).compileTemplate(format)
      const places = names.map((name) =>
        namesPlace(name) ? parseEndpoint(name, invocation.cwd) : ({ kind: 'store', reference: name } as const),
      )
      const credentials = await credsFor('--creds', flags.creds, { places, invocation })
      await withTransfer(invocation, { ...flags, credentials }, async (store, options) => {
        for (const place of places) {
          const documents = await inspectPlace(place, flags.platform, { store, options })
          if (flags.raw) return writeRaw(stdout, documents.raw)
          if (flags.config) return writeRaw(stdout, documents.rawConfig)
          if (template) stdout.write(`${safeBlock(template(templateFields(documents)))}\n`)
          else if (format === 'json') stdout.write(`${safeJson(dockerFields(documents), 0)}\n`)
          else stdout.write(`${safeJson(ownFields(documents), 2)}\n`)
        }
      })
    })
}

/** The documents of an image, with the names and the size that the store keeps. */
async function inspectPlace(
  place: CopyEndpoint,
  platform: string | undefined,
  { store, options }: { readonly store: LocalStore; readonly options: TransferOptions },
): Promise<NamedDocuments> {
  const { readDocuments } = await import('../../../store/places/read-documents.ts')
  await using source = await store.open(place, options)
  const documents = await readDocuments(source, platform)
  if (place.kind !== 'store') return { ...documents, names: place.kind === 'registry' ? [source.name] : [] }
  const { names, size } = await store.resolve(place.reference)
  return { ...documents, names, size }
}

function checkFlags(names: readonly string[], { type, raw, config }: InspectFlags): void {
  if (type !== undefined && type !== 'image') throw new UsageError(`invalid --type "${type}": tsbuild has images only`)
  if (raw && config) throw new UsageError('options --raw and --config exclude each other')
  if ((raw || config) && names.length > 1) throw new UsageError(`--${raw ? 'raw' : 'config'} takes one image`)
}

function ownFields({
  names,
  descriptor,
  size,
  platforms,
  layers,
  config,
}: NamedDocuments): Readonly<Record<string, unknown>> {
  return { names, ...descriptor, totalSize: size, platforms, layers, config }
}

/** The fields of `docker inspect`. The id is that of the manifest or index, as in containerd. */
function dockerFields({
  names,
  descriptor,
  size,
  config,
  layers,
  manifest,
}: NamedDocuments): Readonly<Record<string, unknown>> {
  const repositories = new Set(names.map((name) => shortName(name).replace(/(?::[^:/@]+)?(?:@.*)?$/, '')))
  return {
    Id: descriptor.digest,
    RepoTags: names.filter((name) => !name.includes('@')).map(shortName),
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
    Manifest: { ...manifest, ...descriptor },
    Layers: layers,
  }
}

/** Fields of a config that Docker's templates print as empty where the document omits them. */
const emptyConfig = {
  User: '',
  ExposedPorts: {},
  Env: [],
  Entrypoint: [],
  Cmd: [],
  Volumes: {},
  WorkingDir: '',
  Labels: {},
  StopSignal: '',
  ArgsEscaped: false,
  Healthcheck: null,
  OnBuild: [],
  Shell: [],
}

function templateFields(documents: NamedDocuments): FixedFields {
  return new FixedFields({
    Comment: '',
    Parent: '',
    Variant: '',
    ...dockerFields(documents),
    OsVersion: documents.config?.['os.version'] ?? '',
    Config: new FixedFields({ ...emptyConfig, ...documents.config?.config }),
  })
}
