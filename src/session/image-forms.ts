import { checkDockerPlatforms } from '../export/docker.ts'
import type { SettledOutput } from '../export/output.ts'
import { readAnnotations } from '../image/annotations.ts'
import type { ImageForm } from '../image/assemble.ts'
import type { AttestationForm } from '../image/attest-platforms.ts'
import { checkForm } from '../image/check-form.ts'
import type { LayerForm } from '../image/published-layer.ts'
import { ImageOptionError } from '../image/image-option-error.ts'
import type { StatementSource } from '../image/statement-source.ts'
import type { BuildRequest } from '../build-request.ts'
import { type ImageLikeOutput, isImageOutput, isMultiPlatform, outputEpoch } from './outputs.ts'
import type { Session } from './session.ts'

/**
 * The form each output wants its image in. Throws `ImageOptionError` for wishes that contradict
 * each other, `ExportError` for several platforms in an archive for docker: nothing has been built
 * yet.
 */
export function imageForms(
  outputs: readonly SettledOutput[],
  options: BuildRequest,
  { targets, ...session }: Pick<Session, 'targets' | 'epoch'> & { readonly statements?: StatementSource },
): ReadonlyMap<SettledOutput, ImageForm> {
  const platforms = targets.map(({ platform }) => platform)
  const forms = new Map(outputs.filter(isImageOutput).map((output) => [output, imageForm(output, options, session)]))
  for (const [output, form] of forms) {
    if (output.kind === 'docker') checkDockerPlatforms(platforms)
    checkForm(form, platforms)
  }
  return forms
}

function imageForm(
  output: ImageLikeOutput,
  { annotations, omitHistory = false, args = {} }: BuildRequest,
  { epoch, statements }: { readonly epoch?: number; readonly statements?: StatementSource },
): ImageForm {
  if (output.ociArtifact === true && output.ociMediaTypes === false) {
    throw new ImageOptionError(
      'OUTPUT_CONFLICT',
      'exporter option "oci-artifact=true" conflicts with "oci-mediatypes=false"',
    )
  }
  return {
    ...layerForm(output),
    // Options for all outputs override those of one, as for buildx.
    annotations: [...readAnnotations(output.annotations), ...annotations],
    alwaysIndex: isMultiPlatform(args),
    ...(omitHistory && { omitHistory }),
    ...imageDate(output, epoch),
    // What `docker load` reads has no place for them.
    ...(statements && output.kind !== 'docker' && { attestations: attestationForm(output, statements) }),
  }
}

/** The form an output wants the layers of its image in. */
export function layerForm(output: ImageLikeOutput): LayerForm {
  return {
    compression: output.compression ?? { type: 'gzip' },
    forceCompression: output.forceCompression ?? false,
    keepForeign: output.preferNondistLayers ?? false,
    family: output.ociMediaTypes === false ? 'docker' : 'oci',
  }
}

/** The build's date, or an earlier one of the output. */
function imageDate(output: ImageLikeOutput, epoch: number | undefined): Pick<ImageForm, 'epoch'> {
  const dates = [outputEpoch(output, epoch), epoch].filter((date) => date !== undefined)
  return dates.length === 0 ? {} : { epoch: Math.min(...dates) }
}

function attestationForm(
  { attestationInline = false, ociArtifact = true, names }: ImageLikeOutput,
  statements: StatementSource,
): AttestationForm {
  return { statements, place: attestationInline || !ociArtifact ? 'index' : 'beside', artifact: ociArtifact, names }
}
