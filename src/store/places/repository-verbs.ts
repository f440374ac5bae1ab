import { OciLayout } from '@tsbuild/content'
import { parseReference } from '@tsbuild/oci'
import { RegistryError } from '@tsbuild/registry'
import type { CopyEndpoint } from './place.ts'
import { StoreNameError } from '../store-name-error.ts'
import type { TransferOptions } from '../transfer-options.ts'
import { type PlaceParts, sourcesFor } from './image-source.ts'

/** A repository with more tags than that is listed in part. */
const maximumTags = 100_000
/** Answers to a deletion that the registry does not do: not by tag, or not at all. */
const refusals = [400, 405, 501]

type Access = Pick<TransferOptions, 'insecure' | 'env'>

/** Tags of a repository, in its order, or names of a layout. */
export async function listTags(place: CopyEndpoint, parts: PlaceParts, options: Access): Promise<readonly string[]> {
  if (place.kind === 'registry') {
    const reference = parseReference(place.reference)
    try {
      return await sourcesFor(parts, options).repository(reference, options).listTags(maximumTags)
    } catch (error) {
      if (!(error instanceof RegistryError) || error.code !== 'REGISTRY_NOT_FOUND') throw error
      throw new StoreNameError('NOT_FOUND', error.message, { hint: 'check the name of the repository' })
    }
  }
  if (place.kind !== 'layout') throw new StoreNameError('NOT_FOUND', 'only repositories and layouts have tags')
  return (await (await OciLayout.open(place.directory)).tags()).map(({ reference }) => reference)
}

/** Deletes a manifest by digest, or a tag. An error of a registry that refuses has the way. */
export async function deleteManifest(name: string, parts: PlaceParts, options: Access): Promise<void> {
  const reference = parseReference(name)
  const { digest, tag, registry } = reference
  const wanted = digest ?? tag
  if (wanted === undefined)
    throw new StoreNameError('NOT_FOUND', `cannot remove "${name}": it has neither tag nor digest`, {
      hint: `name what to remove, such as ${name}:1.0`,
    })
  const repository = sourcesFor(parts, options).repository(reference, options)
  try {
    await repository.deleteManifest(wanted)
  } catch (error) {
    if (!(error instanceof RegistryError) || error.status === undefined || !refusals.includes(error.status)) throw error
    const pinned = digest ?? (await repository.resolve(wanted)).digest
    throw new RegistryError('REGISTRY_DENIED', error.message, {
      cause: error,
      registry,
      status: error.status,
      hint:
        digest === undefined
          ? `${registry} may delete manifests only: tsbuild rm docker://${registry}/${reference.repository}@${pinned} removes it with all its tags`
          : `${registry} does not allow deletion: its administrator can, in the settings of the registry`,
    })
  }
}
