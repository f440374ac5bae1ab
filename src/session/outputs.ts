import type { Compression } from '@tsbuild/content'
import { parseReference } from '@tsbuild/oci'
import type { Output, SettledArchive, SettledImage, SettledOutput } from '../export/output.ts'
import { ImageOptionError } from '../image/image-option-error.ts'
import type { BuildOptions } from '../options.ts'
import { BuildError } from '../build-error.ts'

/** Outputs that need an image, as opposed to its files. */
export type ImageLikeOutput = SettledArchive | SettledImage

export function isImageOutput(output: SettledOutput): output is ImageLikeOutput {
  return output.kind === 'oci' || output.kind === 'docker' || output.kind === 'image'
}

/**
 * The outputs of a build with their defaults: its tags as names, and a folder for the one platform
 * where several are the rule (`BUILDKIT_MULTI_PLATFORM`). Without any, the image goes to the local
 * store. `push` applies to all image outputs, and adds one to a build without image outputs.
 */
export function settleOutputs({ outputs = [], push = false, ...options }: BuildOptions): readonly SettledOutput[] {
  const isMissing = outputs.length === 0 || (push && !outputs.some(({ kind }) => kind === 'image'))
  const chosen: readonly Output[] = isMissing ? [...outputs, { kind: 'image' }] : outputs
  return chosen.map((output) => settled(output, { ...options, push }))
}

function settled(output: Output, { tags = [], args = {}, push }: BuildOptions): SettledOutput {
  switch (output.kind) {
    case 'oci':
    case 'docker':
      return { tar: true, ...output, names: chooseNames(output, tags) }
    case 'image':
      return checkPushed({
        pushByDigest: false,
        insecure: false,
        ...output,
        push: push === true || output.push === true,
        names: chooseNames(output, tags),
      })
    case 'local':
      return { mode: 'copy', ...platformFolders(args), ...output }
    case 'tar':
      return { ...platformFolders(args), ...output }
    case 'cacheonly':
      return output
  }
}

function chooseNames(
  { names = [] }: { readonly names?: readonly string[] },
  tags: readonly string[],
): readonly string[] {
  return names.length > 0 ? names : tags
}

function platformFolders(args: Readonly<Record<string, string>>): { readonly platformSplit?: boolean } {
  return isMultiPlatform(args) ? { platformSplit: true } : {}
}

/** Throws for an image that cannot be pushed under its names. */
function checkPushed(output: SettledImage): SettledImage {
  const { names, push, pushByDigest, danglingPrefix } = output
  if (!push) return output
  if (names.length === 0 && danglingPrefix === undefined) {
    throw new BuildError('OUTPUT_NAME_MISSING', 'tag is needed when pushing to registry')
  }
  const tagged = names.find((name) => parseReference(name).tag !== undefined)
  if (pushByDigest && tagged !== undefined) {
    throw new ImageOptionError('OUTPUT_CONFLICT', `can't push tagged ref ${tagged} by digest`, {
      hint: 'leave the tag out of its name',
    })
  }
  return output
}

/** True if one platform is treated like several: a boolean as Go's strconv reads it. */
export function isMultiPlatform(args: Readonly<Record<string, string>>): boolean {
  return /^(1|[tT]|true|TRUE|True)$/.test(args['BUILDKIT_MULTI_PLATFORM'] ?? '')
}

/**
 * The form in which layers that end up in the image are best stored at once: that of the first
 * image output.
 */
export function storedCompression(outputs: readonly SettledOutput[]): Compression {
  const compression = outputs.find(isImageOutput)?.compression ?? {
    type: outputs.some(isImageOutput) ? 'gzip' : 'none',
  }
  // eStargz is made from the plain tar.
  return compression.type === 'estargz' ? { type: 'none' } : compression
}

/** The date of what an output writes, in seconds: its own, else the build's. */
export function outputEpoch(output: SettledOutput, epoch: number | undefined): number | undefined {
  const own = 'sourceDateEpoch' in output ? output.sourceDateEpoch : undefined
  return own === 'none' ? undefined : (own ?? epoch)
}

/**
 * The date no file of a new layer is later than; undefined where the files keep theirs, as
 * `rewrite-timestamp=false` on any output asks. Layers are made once for all outputs:
 * `ImageOptionError` `OUTPUT_CONFLICT` where those want different dates.
 */
export function fileEpoch(outputs: readonly SettledOutput[], epoch: number | undefined): number | undefined {
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
