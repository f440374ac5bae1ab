import { type ContainerConfig, encodeImageConfig, encodeManifest, formatPlatform, type ImageConfig } from '@tsbuild/oci'
import type { EditedImage } from './annotate-image.ts'
import { EditError } from './edit-error.ts'
import { Overlay } from '../store/places/overlay.ts'
import type { EditableImage } from './read-image.ts'

/** A rebased image, and the settings that now have the value of the new base. */
export interface RebasedImage extends EditedImage {
  readonly changed: readonly string[]
}

/**
 * The image with the layers of `oldBase` replaced by those of `newBase`. Settings that the image
 * inherited follow the new base, settings of its own stay. Rejects with `IMAGE_INVALID` unless the
 * image begins with all layers and steps of the old base.
 */
export async function rebaseImage(
  image: EditableImage,
  { oldBase, newBase }: { readonly oldBase: EditableImage; readonly newBase: EditableImage },
): Promise<RebasedImage> {
  checkBases(image.config, oldBase.config, newBase.config)
  const { diff_ids: below } = oldBase.config.rootfs
  const overlay = new Overlay(image.content, newBase.content)
  const { config: container, changed } = mergeSettings(image.config, oldBase.config, newBase.config)
  const steps = (image.config.history ?? []).slice(oldBase.config.history?.length ?? 0)
  const config = await overlay.add(
    image.manifest.config.mediaType,
    encodeImageConfig({
      ...image.config,
      config: container,
      rootfs: {
        type: 'layers',
        diff_ids: [...newBase.config.rootfs.diff_ids, ...image.config.rootfs.diff_ids.slice(below.length)],
      },
      history: [...(newBase.config.history ?? []), ...steps],
    }),
  )
  const layers = [...newBase.manifest.layers, ...image.manifest.layers.slice(below.length)]
  const manifest = encodeManifest({ ...image.manifest, config, layers })
  return { descriptor: await overlay.add(image.manifest.mediaType, manifest), content: overlay, changed }
}

function checkBases(image: ImageConfig, oldBase: ImageConfig, newBase: ImageConfig): void {
  const refuse = (reason: string): never => {
    throw new EditError('IMAGE_INVALID', `cannot rebase: ${reason}`, { hint: 'build the image again' })
  }
  for (const base of [oldBase, newBase])
    if (platformOf(base) !== platformOf(image))
      refuse(`the image is for ${platformOf(image)}, a base for ${platformOf(base)}`)
  const at = oldBase.rootfs.diff_ids.findIndex((diffId, index) => image.rootfs.diff_ids[index] !== diffId)
  if (at >= 0) refuse(`layer ${at + 1} of the old base is not layer ${at + 1} of the image`)
  const step = (oldBase.history ?? []).findIndex(
    ({ created_by: text }, index) => image.history?.[index]?.created_by !== text,
  )
  if (step >= 0) refuse(`step ${step + 1} of the old base is not step ${step + 1} of the image`)
}

function platformOf({ os, architecture, variant }: ImageConfig): string {
  return formatPlatform({ os, architecture, ...(variant !== undefined && { variant }) })
}

/** Environment and labels are merged one by one, other settings as a whole. */
function mergeSettings(
  { config: own = {} }: ImageConfig,
  { config: before = {} }: ImageConfig,
  { config: after = {} }: ImageConfig,
): { readonly config: ContainerConfig; readonly changed: readonly string[] } {
  const changed: string[] = []
  const merge = (prefix: string, [values, old, next]: readonly [Members, Members, Members]): Members => {
    const result: Record<string, unknown> = {}
    for (const key of new Set([...Object.keys(values), ...Object.keys(next)])) {
      const inherited = same(values[key], old[key])
      const value = inherited ? next[key] : values[key]
      if (value !== undefined) result[key] = value
      if (inherited && !same(old[key], next[key])) changed.push(`${prefix}${key}`)
    }
    return result
  }
  const whole = ({ Env: _env, Labels: _labels, ...others }: ContainerConfig): Members => ({ ...others })
  const env = merge('Env.', [variablesOf(own), variablesOf(before), variablesOf(after)])
  const labels = merge('Labels.', [own.Labels ?? {}, before.Labels ?? {}, after.Labels ?? {}])
  const config = {
    ...merge('', [whole(own), whole(before), whole(after)]),
    ...(Object.keys(env).length > 0 && { Env: Object.entries(env).map(([name, value]) => `${name}=${String(value)}`) }),
    ...(Object.keys(labels).length > 0 && { Labels: labels }),
  }
  return { config: config as ContainerConfig, changed }
}

type Members = Readonly<Record<string, unknown>>

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function variablesOf({ Env = [] }: ContainerConfig): Members {
  return Object.fromEntries(
    Env.map((text) => {
      const at = text.indexOf('=')
      return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
    }),
  )
}
