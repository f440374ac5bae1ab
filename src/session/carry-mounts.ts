import { mkdir, rm } from 'node:fs/promises'
import { BlobDirectory, type ContentTarget, fetchAll, temporaryPath, withLock } from '@tsbuild/content'
import type { Digest } from '@tsbuild/oci'
import type { CachedMount } from '../cache/model/cache-document.ts'
import type { MountWriteOptions } from '../cache/options/cache-write-options.ts'
import type { ExportedMounts } from '../cache/image/export-cache.ts'
import { walk } from '../graph/walk.ts'
import type { SolvedTarget } from '../image/target.ts'
import type { CacheDirectory } from '../mounts/cache-directory.ts'
import { decodeMount, mountLimits, type MountManifest, mountTypes } from '../mounts/mount-manifest.ts'
import type { Session } from './session.ts'

/** Bytes of files of a mount, unless the user wants otherwise. */
const defaultSize = 2 * 1024 ** 3
/** Milliseconds to wait for a mount that another build has for itself. */
const patience = 10_000

export interface CarryRequest extends MountWriteOptions {
  readonly session: Pick<Session, 'mounts' | 'provider' | 'store' | 'guard' | 'report' | 'signal'>
  readonly solved: readonly SolvedTarget[]
  /** The cache that is written. */
  readonly to: ContentTarget
  /** Mounts that it has. */
  previous(): Promise<readonly CachedMount[]>
  /** Prints a line of the export. */
  log(line: string): Promise<void>
}

/** Mounts of an export, whose new blobs are removed with it. */
export type CarriedExport = ExportedMounts & AsyncDisposable

/**
 * Packs the chosen mounts that steps of this build had. Mounts of steps that a hit spared the build
 * stay as the cache has them.
 */
export async function carryMounts(request: CarryRequest): Promise<CarriedExport> {
  const { store, mounts: carried } = request.session
  const path = temporaryPath(store.paths.temporary, 'mount')
  const blobs = new BlobDirectory(path, { temporary: path })
  const wanted = wantedIds(request)
  // A cache that cannot be read is written anew.
  const previous = wanted.size === 0 ? [] : await request.previous().catch(() => [])
  await mkdir(path, { mode: 0o700 })
  const mounts = new Map(previous.filter(({ id }) => wanted.has(id)).map((mount) => [mount.name, mount]))
  for (const directory of carried.used.values()) {
    if (!wanted.has(directory.id)) continue
    const known = carried.hasFailed(directory.name) ? undefined : mounts.get(directory.name)
    const packed = await tryPack(directory, { request, path, blobs, known })
    if (packed !== undefined) mounts.set(directory.name, packed)
  }
  return {
    mounts: [...mounts.values()],
    source: blobs,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

/** Ids of the mounts in the Dockerfile that the user has chosen. */
function wantedIds({ mounts: chosen = [], solved }: CarryRequest): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const { lowered } of solved)
    walk(lowered.rootfs, ({ op }) => {
      if (op.kind !== 'run') return
      for (const mount of op.mounts)
        if (mount.type === 'cache' && (chosen === 'all' || chosen.includes(mount.id))) ids.add(mount.id)
    })
  return ids
}

interface PackParts {
  readonly request: CarryRequest
  /** Of the blobs. */
  readonly path: string
  readonly blobs: BlobDirectory
  readonly known: CachedMount | undefined
}

/** Packs a mount. A failure is a warning, and the cache keeps the earlier state of the mount. */
async function tryPack(directory: CacheDirectory, parts: PackParts): Promise<CachedMount | undefined> {
  const { report, signal } = parts.request.session
  try {
    return await pack(directory, parts)
  } catch (error) {
    signal.throwIfAborted()
    const reason = error instanceof Error ? error.message : String(error)
    await report({
      type: 'warning',
      code: 'CacheNotWritten',
      message: `mount "${directory.id}": ${reason}; it was not carried`,
    })
    return undefined
  }
}

async function pack(
  { id, name, directory, owner, sharing }: CacheDirectory,
  { request, path, blobs, known }: PackParts,
): Promise<CachedMount> {
  const { session, to, mountsMaxSize: maxSize = defaultSize, log } = request
  const { provider, signal } = session
  const previous = known && (await fetchManifest(known, { to, blobs, signal }))
  const packNow = async (): Promise<Awaited<ReturnType<typeof runner.packMount>>> =>
    runner.packMount({ directory, owner, blobs: path, maxSize, ...(previous && { previous }) }, signal)
  const runner = await provider()
  const { manifest, packs, dropped } = await (sharing === 'shared'
    ? packNow()
    : withLock(`${directory}.lock`, packNow, { signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]) }))
  await refuseSecrets(manifest, { blobs, guard: session.guard })
  if (dropped > 0) await log(`mount ${id}: ${dropped} files that were used longest ago are left out`)
  return {
    id,
    name,
    manifest: { mediaType: mountTypes.manifest, ...manifest },
    packs: packs.map((blob) => ({ mediaType: mountTypes.pack, ...blob })),
  }
}

/** Throws if a secret of the build is in what the cache would get. */
async function refuseSecrets(
  { digest, size }: { readonly digest: Digest; readonly size: number },
  { blobs, guard }: { readonly blobs: BlobDirectory; readonly guard: Session['guard'] },
): Promise<void> {
  const descriptor = { mediaType: mountTypes.manifest, digest, size }
  const read = async (): Promise<MountManifest> => decodeMount(await fetchAll(blobs, descriptor, mountLimits.encoded))
  const hit = await guard.findInMount(read, blobs)
  if (hit !== undefined) throw new Error(`the secret "${hit.id}" is in its file ${hit.path}`)
}

/** Fetches the manifest of the mount in the cache, if the cache has all packs of it. */
async function fetchManifest(
  { manifest, packs }: CachedMount,
  { to, blobs, signal }: { readonly to: ContentTarget; readonly blobs: BlobDirectory; readonly signal: AbortSignal },
): Promise<CachedMount['manifest'] | undefined> {
  try {
    for (const pack of packs) if (!(await to.has(pack))) return undefined
    await blobs.put(manifest, await to.open(manifest, signal), signal)
    return manifest
  } catch {
    signal.throwIfAborted()
    return undefined
  }
}
