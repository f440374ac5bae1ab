import { parseReference, withDefaultTag } from '@tsbuild/oci'
import type { BuildRequest } from '../build-request.ts'
import { announcePush } from '../export/push/announce-push.ts'
import type { SettledImage, SettledOutput } from '../export/output.ts'
import type { LayerUploads, UploadTarget } from '../export/push/layer-uploads.ts'
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
  const pushed = outputs.filter(isPushed)
  if (pushed.length === 0) return undefined
  const targets: UploadTarget[] = []
  for (const output of pushed)
    for (const name of repositoryNames(output)) {
      const reference = withDefaultTag(parseReference(name))
      const repository = images.repository(reference, { insecure: output.insecure })
      await announcePush(repository, reference, store)
      targets.push({ repository, form: layerForm(output) })
    }
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
