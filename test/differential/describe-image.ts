import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { describeFiles } from './describe-files.ts'
import type { BuiltOutcome } from './outcome.ts'

interface ImageConfig {
  readonly history?: readonly HistoryEntry[] | null
  readonly rootfs: { readonly diff_ids: readonly string[] | null }
  readonly created?: string
  readonly [key: string]: unknown
}

interface HistoryEntry {
  readonly created?: string
  readonly created_by?: string
  readonly [key: string]: unknown
}

/** A config, with Go's null for empty lists, and uncompressed layers, oldest first, wherever they were kept. */
export interface PlainImage {
  readonly config: ImageConfig
  readonly layers: readonly Uint8Array[]
}

/** Of the base image: what its files are, so that only what builds did to them is told. */
export interface BaseFacts {
  readonly files: ReadonlyMap<string, string>
  /** Diff id of its only layer. */
  readonly layer: string
}

/** What the base image holds. */
export async function describeBase({ config, layers }: PlainImage): Promise<BaseFacts> {
  return { files: await describeFiles(layers), layer: config.rootfs.diff_ids?.[0] ?? '' }
}

/** What a build made of it, or of nothing. */
export async function describeImage({ config, layers }: PlainImage, base: BaseFacts): Promise<BuiltOutcome> {
  const { history, rootfs, created: _created, ...rest } = config
  const diffIds = rootfs.diff_ids ?? []
  const onBase = diffIds[0] === base.layer
  return {
    config: sorted(rest),
    history: (history ?? []).slice(onBase ? 1 : 0).map(({ created: _date, ...entry }) => sorted(entry)),
    layers: diffIds.length - (onBase ? 1 : 0),
    files: changes(onBase ? base.files : new Map(), await describeFiles(layers), base),
  }
}

function changes(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>, base: BaseFacts): readonly string[] {
  // Which busybox it is depends on the machine.
  const busybox = /\d+ sha256:\w+/.exec(base.files.get('bin/busybox') ?? '')?.[0] ?? 'none'
  const name = (path: string): string => JSON.stringify(path)
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((path) => before.get(path) !== after.get(path) && !isMountPoint(path, after.get(path)))
    .filter((path) => !isRedated(before.get(path), after.get(path)))
    .toSorted()
    .map((path) => (after.has(path) ? `${name(path)} ${after.get(path)?.replace(busybox, 'busybox')}` : `${name(path)} removed`))
}

/** A directory that has nothing new but the time of the build, because something in it was made or taken away. */
function isRedated(before: string | undefined, after: string | undefined): boolean {
  return before?.startsWith('d ') === true && before.replace(/ @-?\d+/, '') === after
}

/** runc leaves its mount points in an image that has none of its own. */
function isMountPoint(path: string, line: string | undefined): boolean {
  return ['dev', 'proc', 'sys'].includes(path) && line === 'd 0755 0:0'
}

function sorted(record: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(JSON.stringify(record), (_key, item: unknown) =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? Object.fromEntries(Object.entries(item).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : item,
  )
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** Reads an OCI layout directory with one image; throws when a layer is not what the config says. */
export async function readLayout(layout: string): Promise<PlainImage> {
  const blob = (digest: string): Promise<Buffer> => readFile(join(layout, 'blobs', ...digest.split(':')))
  const index: { readonly manifests: readonly { readonly digest: string }[] } = JSON.parse(
    await readFile(join(layout, 'index.json'), 'utf8'),
  )
  const manifest: { readonly config: { readonly digest: string }; readonly layers: readonly { readonly digest: string }[] | null } =
    JSON.parse((await blob(index.manifests[0]?.digest ?? '')).toString('utf8'))
  const config: ImageConfig = JSON.parse((await blob(manifest.config.digest)).toString('utf8'))
  const layers = await Promise.all((manifest.layers ?? []).map(async ({ digest }) => inflate(await blob(digest))))
  layers.forEach((layer, index_) => {
    const digest = `sha256:${createHash('sha256').update(layer).digest('hex')}`
    if (digest !== config.rootfs.diff_ids?.[index_])
      throw new Error(`Layer ${index_} of ${layout} has digest ${digest}, the config says ${config.rootfs.diff_ids?.[index_]}`)
  })
  return { config, layers }
}

function inflate(blob: Buffer): Buffer {
  if (blob[0] === 0x1f && blob[1] === 0x8b) return gunzipSync(blob)
  return blob.readUInt32LE(0) === 0xfd2fb528 ? zstdDecompressSync(blob) : blob
}
