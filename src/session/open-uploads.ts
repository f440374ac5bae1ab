import { parseReference, withDefaultTag } from '@tsbuild/oci'
import type { BuildRequest } from '../build-request.ts'
import type { SettledImage, SettledOutput } from '../export/output.ts'
import type { LayerUploads } from '../export/push/layer-uploads.ts'
import { uploadIds } from '../progress/event.ts'
import { layerForm } from './image-forms.ts'
import type { Session } from './session.ts'

/**
 * Uploads of layers while the build runs, to all repositories that its image is pushed to;
 * undefined where it is not pushed.
 */
export async function openUploads(
  { store, report, signal, images, guard }: Session,
  { outputs }: Pick<BuildRequest, 'outputs'>,
  { attempt }: { readonly attempt: number },
): Promise<LayerUploads | undefined> {
  const targets = outputs.filter(isPushed).flatMap((output) =>
    repositoryNames(output).map((name) => {
      const reference = withDefaultTag(parseReference(name))
      const repository = images.repository(reference, { insecure: output.insecure })
      repository.beginPush(reference.tag)
      return { repository, form: layerForm(output) }
    }),
  )
  if (targets.length === 0) return undefined
  const { LayerUploads } = await import('../export/push/layer-uploads.ts')
  return new LayerUploads(targets, {
    id: `${uploadIds}${attempt}`,
    store,
    report,
    signal,
    mayLeave: (layer) => guard.isClean(layer),
  })
}

function isPushed(output: SettledOutput): output is SettledImage {
  return output.kind === 'image' && output.push
}

function repositoryNames({ names, danglingPrefix }: SettledImage): readonly string[] {
  return danglingPrefix === undefined ? names : [...names, danglingPrefix]
}
