import { Command } from 'commander'
import { formatPlatform, isIndexType } from '@tsbuild/oci'
import type { AttachedStatement } from '../../store/read-statements.ts'
import type { RegistryImage } from '../../store/registry-image.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usage-error.ts'
import { FixedFields } from '../template/fixed-fields.ts'
import { safeBlock, safeText } from '../render/safe-text.ts'
import { writeRaw } from '../render/write-raw.ts'
import { addTransferFlags, type TransferFlags, withTransfer } from './with-store.ts'
import { createCommand } from './image-index.ts'

interface InspectFlags extends TransferFlags {
  readonly raw?: boolean
  readonly format?: string
}

/** `tsbuild imagetools`: images in registries, with the words of `docker buildx imagetools`. */
export function imagetoolsCommand(invocation: Invocation): Command {
  return new Command('imagetools')
    .description('Show images in registries, and join images of several platforms there.')
    .helpCommand(false)
    .action(() => {
      throw new UsageError('missing or unknown sub-command: expected create or inspect')
    })
    .addCommand(createCommand(invocation, { inRegistry: true }))
    .addCommand(inspectCommand(invocation))
}

function inspectCommand(invocation: Invocation): Command {
  const { stdout } = invocation
  return addTransferFlags(new Command('inspect'))
    .description('Show the manifest or index of an image in a registry.')
    .argument('<name>', 'name, such as registry.example/app:1')
    .option('--raw', 'print the manifest or index byte by byte')
    .option('-f, --format <template>', 'print a Go template with .Name, .Manifest, .Image, .Provenance and .SBOM')
    .action(async (name: string, flags: InspectFlags) => {
      const { format } = flags
      const template =
        format === undefined ? undefined : (await import('../template/run-template.ts')).compileTemplate(format)
      // Statements take requests of their own.
      const statements = format !== undefined && /Provenance|SBOM/i.test(format)
      const image = await withTransfer(invocation, flags, (store, options) =>
        store.inspect(name, { ...options, statements }),
      )
      if (flags.raw) return writeRaw(stdout, image.raw)
      stdout.write(template ? `${safeBlock(template(fields(image)))}\n` : describe(image))
    })
}

/** The fields of `docker buildx imagetools inspect`. */
function fields({ name, descriptor, manifests, configs, statements }: RegistryImage): FixedFields {
  /** The value of the only image, or the values by platform. */
  const each = (values: readonly unknown[]): unknown => {
    if (configs.length === 1) return values[0]
    const byPlatform = configs.map((config, at) => [formatPlatform(config), values[at]] as const)
    return Object.fromEntries(byPlatform.filter(([, value]) => value !== undefined))
  }
  return new FixedFields({
    Name: name,
    Manifest: {
      schemaVersion: 2,
      ...descriptor,
      ...(isIndexType(descriptor.mediaType) && { manifests }),
    },
    Image: each(configs),
    Provenance: each(statements.map(provenanceOf)),
    SBOM: each(statements.map(sbomOf)),
  })
}

function provenanceOf(statements: readonly AttachedStatement[]): unknown {
  const found = statements.find(({ predicateType }) => predicateType.startsWith('https://slsa.dev/provenance/'))
  return found && { SLSA: found.predicate }
}

function sbomOf(statements: readonly AttachedStatement[]): unknown {
  const found = statements.filter(({ predicateType }) => predicateType === 'https://spdx.dev/Document')
  const [first, ...others] = found.map(({ predicate }) => predicate)
  return found.length === 0 ? undefined : { SPDX: first, ...(others.length > 0 && { AdditionalSPDXs: others }) }
}

function describe({ name, descriptor, manifests }: RegistryImage): string {
  const repository = name.replace(/(?::[^:/@]+)?(?:@.*)?$/, '')
  const lines = [
    `Name:      ${name}`,
    `MediaType: ${descriptor.mediaType}`,
    `Digest:    ${descriptor.digest}`,
    ...(manifests.length === 0 ? [] : ['', 'Manifests:']),
    ...manifests.flatMap(({ digest, mediaType, platform }, index) => [
      ...(index === 0 ? [] : ['']),
      `  Name:      ${repository}@${digest}`,
      `  MediaType: ${mediaType}`,
      ...(platform === undefined ? [] : [`  Platform:  ${formatPlatform(platform)}`]),
    ]),
  ]
  return lines.map((line) => `${safeText(line)}\n`).join('')
}
