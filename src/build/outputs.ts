import type { Compression } from '@tsbuild/content'
import { parseReference } from '@tsbuild/oci'
import type { Output } from '../export/output.ts'
import { ImageOptionError } from '../image/image-option-error.ts'
import type { BuildOptions } from '../options.ts'
import { BuildError } from './build-error.ts'

/** Outputs that need an image, as opposed to its files. */
export type ImageOutput = Extract<Output, { kind: 'oci' | 'docker' | 'image' }>

export function isImageOutput(output: Output): output is ImageOutput {
  return output.kind === 'oci' || output.kind === 'docker' || output.kind === 'image'
}

/**
 * The outputs of a build with its tags as names where an output has none, and a folder for the one platform where several are the rule
 * (`BUILDKIT_MULTI_PLATFORM`). Without any, the image goes to the local store.
 */
export function resolveOutputs({ outputs = [], tags = [], args = {} }: BuildOptions): readonly Output[] {
  const chosen: readonly Output[] =
    outputs.length > 0 ? outputs : [{ kind: 'image', names: [], push: false, pushByDigest: false, insecure: false, store: true }]
  return chosen.map((output) => {
    if (output.kind === 'cacheonly') return output
    if (!isImageOutput(output)) return isMultiPlatform(args) ? { platformSplit: true, ...output } : output
    const named = output.names.length > 0 ? output : { ...output, names: tags }
    if (named.kind === 'image' && named.push) checkPushed(named)
    return named
  })
}

function checkPushed({ names, pushByDigest, danglingPrefix }: Extract<Output, { kind: 'image' }>): void {
  if (names.length === 0 && danglingPrefix === undefined) {
    throw new BuildError('OUTPUT_NAME_MISSING', 'tag is needed when pushing to registry', {
      hint: 'name the image: tsbuild -t registry.example/app:1.0',
    })
  }
  const tagged = names.find((name) => parseReference(name).tag !== undefined)
  if (pushByDigest && tagged !== undefined) {
    throw new ImageOptionError('OUTPUT_CONFLICT', `can't push tagged ref ${tagged} by digest`, { hint: 'leave the tag out of its name' })
  }
}

/** Whether one platform is to be treated like several: a boolean as Go's strconv reads it. */
export function isMultiPlatform(args: Readonly<Record<string, string>>): boolean {
  return /^(1|[tT]|true|TRUE|True)$/.test(args['BUILDKIT_MULTI_PLATFORM'] ?? '')
}

/** The form in which layers that end up in the image are best stored at once: that of the first image output. */
export function storedCompression(outputs: readonly Output[]): Compression {
  return outputs.find(isImageOutput)?.compression ?? { type: outputs.some(isImageOutput) ? 'gzip' : 'none' }
}

/** Whether SOURCE_DATE_EPOCH leaves the dates of files alone: `rewrite-timestamp=false` on any output. Layers are made once for all of them. */
export function keepsFileTimes(outputs: readonly Output[] = []): boolean {
  return outputs.some((output) => isImageOutput(output) && output.rewriteTimestamp === false)
}
