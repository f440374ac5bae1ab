import type { Compression } from '@tsbuild/content'
import { parseReference } from '@tsbuild/oci'
import type { Output } from '../export/output.ts'
import { ImageOptionError } from '../image/image-option-error.ts'
import type { BuildOptions } from '../options.ts'
import { BuildError } from '../build-error.ts'

/** Outputs that need an image, as opposed to its files. */
export type ImageOutput = Extract<Output, { kind: 'oci' | 'docker' | 'image' }>

export function isImageOutput(output: Output): output is ImageOutput {
  return output.kind === 'oci' || output.kind === 'docker' || output.kind === 'image'
}

/**
 * The outputs of a build with its tags as names where an output has none, and a folder for the one
 * platform where several are the rule (`BUILDKIT_MULTI_PLATFORM`). Without any, the image goes to
 * the local store.
 */
export function resolveOutputs({ outputs = [], tags = [], args = {} }: BuildOptions): readonly Output[] {
  const chosen: readonly Output[] =
    outputs.length > 0
      ? outputs
      : [{ kind: 'image', names: [], push: false, pushByDigest: false, insecure: false, store: true }]
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
    throw new ImageOptionError('OUTPUT_CONFLICT', `can't push tagged ref ${tagged} by digest`, {
      hint: 'leave the tag out of its name',
    })
  }
}

/** True if one platform is treated like several: a boolean as Go's strconv reads it. */
export function isMultiPlatform(args: Readonly<Record<string, string>>): boolean {
  return /^(1|[tT]|true|TRUE|True)$/.test(args['BUILDKIT_MULTI_PLATFORM'] ?? '')
}

/**
 * The form in which layers that end up in the image are best stored at once: that of the first
 * image output.
 */
export function storedCompression(outputs: readonly Output[]): Compression {
  const compression = outputs.find(isImageOutput)?.compression ?? {
    type: outputs.some(isImageOutput) ? 'gzip' : 'none',
  }
  // eStargz is made from the plain tar.
  return compression.type === 'estargz' ? { type: 'none' } : compression
}

/** The date of what an output writes, in seconds: its own, else the build's. */
export function outputEpoch(output: Output, epoch: number | undefined): number | undefined {
  const own = 'sourceDateEpoch' in output ? output.sourceDateEpoch : undefined
  return own === 'none' ? undefined : (own ?? epoch)
}

/**
 * The date no file of a new layer is later than; undefined where the files keep theirs, as
 * `rewrite-timestamp=false` on any output asks. Layers are made once for all outputs:
 * `ImageOptionError` `OUTPUT_CONFLICT` where those want different dates.
 */
export function fileEpoch(outputs: readonly Output[], epoch: number | undefined): number | undefined {
  const wanted = new Set(
    outputs.flatMap((output) => {
      const own = outputEpoch(output, epoch)
      if (isImageOutput(output)) return [output.rewriteTimestamp === false ? undefined : own]
      // All of their files get one date afterwards.
      return own === undefined ? [own] : []
    }),
  )
  const [first] = wanted
  if (wanted.size === 0) return epoch
  if (wanted.size === 1 || wanted.has(undefined)) return wanted.has(undefined) ? undefined : first
  throw new ImageOptionError('OUTPUT_CONFLICT', `outputs cannot have different dates: ${[...wanted].join(', ')}`, {
    hint: 'layers are made once for all outputs: give them one source-date-epoch, or set rewrite-timestamp=false',
  })
}
