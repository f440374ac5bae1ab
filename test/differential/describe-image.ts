import { describeFiles } from './describe-files.ts'
import { type FilesOutcome, type ImageOutcome, type IndexOutcome, redated } from './outcome.ts'
import type { PlainImage, PlainLayout } from './read-layout.ts'

/** Files of the base image, so that only changes by builds are described. */
export interface BaseFacts {
  readonly files: ReadonlyMap<string, string>
  /** Diff id of its only layer. */
  readonly layer: string
}

/** Times from here on are of the build itself and differ from run to run. */
const buildTimes = '2025'

/** Content of the base image. */
export async function describeBase({ images }: PlainLayout): Promise<BaseFacts> {
  const { config, layers } = images[0] ?? { config: { rootfs: { diff_ids: null } }, layers: [] }
  return { files: await describeFiles(layers), layer: config.rootfs.diff_ids?.[0] ?? '' }
}

/** Result of a build on it, or on scratch: an image, or one for each platform. */
export async function describeLayout(layout: PlainLayout, base: BaseFacts): Promise<ImageOutcome | IndexOutcome> {
  const images = await Promise.all(
    layout.images.map(async (image) => [image.platform, await describeImage(image, base)] as const),
  )
  const [first] = images
  if (!layout.isIndex && first !== undefined) return first[1]
  return { platforms: Object.fromEntries(images), ...annotationsOf(layout.annotations) }
}

/** The same for a plain archive of files, without those of the base image. */
export async function describeArchive(tar: Uint8Array, base: BaseFacts): Promise<FilesOutcome> {
  const files = new Map(await describeFiles([tar]))
  // The directory itself is the caller's.
  files.delete('')
  return { files: changes(files.has('bin/busybox') ? base.files : new Map(), files, base) }
}

async function describeImage({ config, layers, annotations }: PlainImage, base: BaseFacts): Promise<ImageOutcome> {
  const { history, rootfs, ...rest } = config
  const diffIds = rootfs.diff_ids ?? []
  const onBase = diffIds[0] === base.layer
  return {
    config: dated(rest),
    history: (history ?? []).slice(onBase ? 1 : 0).map((entry) => dated(entry)),
    layers: diffIds.length - (onBase ? 1 : 0),
    ...annotationsOf(annotations),
    files: changes(onBase ? base.files : new Map(), await describeFiles(layers), base),
  }
}

function annotationsOf(annotations: Readonly<Record<string, string>>): {
  readonly annotations?: Readonly<Record<string, unknown>>
} {
  const {
    'org.opencontainers.image.created': created,
    'org.opencontainers.image.ref.name': _name,
    ...rest
  } = annotations
  const kept =
    created !== undefined && created < buildTimes ? { ...rest, 'org.opencontainers.image.created': created } : rest
  return Object.keys(kept).length === 0 ? {} : { annotations: sorted(kept) }
}

function changes(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  base: BaseFacts,
): readonly string[] {
  // Which busybox it is depends on the machine.
  const busybox = /\d+ sha256:\w+/.exec(base.files.get('bin/busybox') ?? '')?.[0] ?? 'none'
  const name = (path: string): string => JSON.stringify(path)
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path) && !isMountPoint(path, after.get(path)))
    .toSorted()
    .map((path) => {
      if (!after.has(path)) return `${name(path)} removed`
      const line = `${name(path)} ${after.get(path)?.replace(busybox, 'busybox')}`
      return isRedated(before.get(path), after.get(path)) ? `${line} ${redated}` : line
    })
}

/**
 * A directory that has nothing new but the time of the build, because something in it was made or
 * taken away.
 */
function isRedated(before: string | undefined, after: string | undefined): boolean {
  return before?.startsWith('d ') === true && before.replace(/ @-?\d+/, '') === after
}

/** runc leaves its mount points in an image that has none of its own. */
function isMountPoint(path: string, line: string | undefined): boolean {
  return ['dev', 'proc', 'sys'].includes(path) && /^d 0755 0:0( @\d+)?$/.test(line ?? '')
}

/** Without `created` when that is the time of the build. */
function dated({ created, ...rest }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return sorted(typeof created === 'string' && created < buildTimes ? { ...rest, created } : rest)
}

function sorted(record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(JSON.stringify(record), (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : item,
  )
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
