import { familiarReference, mediaTypes, parseReference, withDefaultTag } from '@tsbuild/oci'
import { ExportError } from './export-error.ts'
import type { ExportContext } from './exporter.ts'
import { createArchive, exportOci, layoutEntries } from './oci.ts'
import type { SettledArchive } from './output.ts'
import { destinationName, writeDestination } from './write-destination.ts'

/**
 * A tar that `docker load` and `podman load` take: an OCI layout with Docker's `manifest.json`
 * beside it; or, with `tar` false, a layout in a directory, for other readers. Throws `ExportError`
 * `OUTPUT_CONFLICT` for several platforms.
 */
export async function exportDocker(output: SettledArchive, context: ExportContext): Promise<string> {
  const image = await context.image()
  const [only] = checkDockerPlatforms(image.platforms)
  if (!output.tar) return exportOci(output, context)
  const blobPath = (digest: string): string => `blobs/${digest.replace(':', '/')}`
  const names = output.names.map((name) => familiarReference(withDefaultTag(parseReference(name))))
  const documents = [
    {
      path: 'index.json',
      value: {
        schemaVersion: 2,
        mediaType: mediaTypes.ociIndex,
        manifests: layoutEntries(image.root, output.names, context.epoch),
      },
    },
    {
      path: 'manifest.json',
      value: [
        {
          Config: blobPath(only.config.digest),
          RepoTags: names,
          Layers: only.layers.map(({ digest }) => blobPath(digest)),
        },
      ],
    },
    { path: 'oci-layout', value: { imageLayoutVersion: '1.0.0' } },
  ]
  await writeDestination(output.dest, createArchive(image, documents, context), context.signal)
  return `docker archive ${destinationName(output.dest)}`
}

/** The one platform of an image for docker. Throws `ExportError` `OUTPUT_CONFLICT` for several. */
export function checkDockerPlatforms<T>([only, ...others]: readonly T[]): readonly [T] {
  if (only !== undefined && others.length === 0) return [only]
  throw new ExportError('OUTPUT_CONFLICT', 'docker exporter does not currently support exporting manifest lists', {
    hint: 'use type=oci',
  })
}
