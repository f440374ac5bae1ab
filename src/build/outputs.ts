import type { Compression } from '@tsbuild/content'
import type { Output } from '../export/output.ts'
import { type Annotation, parseAnnotationFlag, parseOutputAnnotation } from '../image/annotations.ts'
import type { ImageForm } from '../image/assemble.ts'
import { ImageOptionError } from '../image/image-option-error.ts'
import type { BuildOptions } from '../options.ts'
import { BuildError } from './build-error.ts'

/** Outputs that need an image, as opposed to its files. */
export type ImageOutput = Extract<Output, { kind: 'oci' | 'docker' | 'image' }>

export function isImageOutput(output: Output): output is ImageOutput {
  return output.kind === 'oci' || output.kind === 'docker' || output.kind === 'image'
}

/** The outputs of a build with its tags as names where an output has none. Without any, the image goes to the local store. */
export function resolveOutputs({ outputs = [], tags = [] }: BuildOptions): readonly Output[] {
  const chosen: readonly Output[] =
    outputs.length > 0 ? outputs : [{ kind: 'image', names: [], push: false, pushByDigest: false, insecure: false, store: true }]
  return chosen.map((output) => {
    if (!isImageOutput(output)) return output
    const named = output.names.length > 0 ? output : { ...output, names: tags }
    if (named.kind === 'image' && named.push && named.names.length === 0) {
      throw new BuildError('OUTPUT_NAME_MISSING', 'tag is needed when pushing to registry', { hint: 'name the image with -t' })
    }
    return named
  })
}

/** The form an output wants its image in. Throws `ImageOptionError` for wishes that contradict each other. */
export function imageForm(output: ImageOutput, { annotations = [], args = {} }: BuildOptions, epoch?: number): ImageForm {
  const compression: Compression = output.compression ?? { type: 'gzip' }
  const family = output.ociMediaTypes === false ? 'docker' : 'oci'
  if (family === 'docker' && compression.type === 'zstd') {
    throw new ImageOptionError('OUTPUT_CONFLICT', 'zstd compression needs OCI media types', { hint: 'leave out oci-mediatypes=false' })
  }
  return {
    compression,
    forceCompression: output.forceCompression ?? false,
    family,
    annotations: readAnnotations(output, annotations),
    alwaysIndex: ['1', 'true'].includes(args['BUILDKIT_MULTI_PLATFORM'] ?? ''),
    ...(epoch === undefined ? {} : { epoch }),
  }
}

/** The form in which layers that end up in the image are best stored at once: that of the first image output. */
export function storedCompression(outputs: readonly Output[]): Compression {
  return outputs.find(isImageOutput)?.compression ?? { type: outputs.some(isImageOutput) ? 'gzip' : 'none' }
}

function readAnnotations({ annotations = {} }: ImageOutput, flags: readonly string[]): readonly Annotation[] {
  const own = Object.entries(annotations).map(([name, value]) => parseOutputAnnotation(name, value))
  return [...flags.flatMap(parseAnnotationFlag), ...own]
}

/** Whether SOURCE_DATE_EPOCH leaves the dates of files alone: `rewrite-timestamp=false` on any output. Layers are made once for all of them. */
export function keepsFileTimes(outputs: readonly Output[] = []): boolean {
  return outputs.some((output) => isImageOutput(output) && output.rewriteTimestamp === false)
}
