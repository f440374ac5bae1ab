import { join } from 'node:path'
import { homeDirectory } from '@tsbuild/content'
import { algorithmOf, type Digest, digestAlgorithms, hexOf } from '@tsbuild/oci'

/**
 * Version of everything below the root. A change of format makes a new directory next to the old
 * one.
 */
export const storeVersion = 1

/** Paths in a store. Computes them without touching the disk. */
export interface StorePaths {
  readonly root: string
  /** A valid OCI image layout: `skopeo inspect oci:…` reads it. */
  readonly layout: string
  /** Folders of the layout with files named by their digests, one for each algorithm. */
  readonly blobs: readonly string[]
  /** Layers unpacked for RUN, one directory each. */
  readonly unpacked: string
  /** Root file systems for RUN that no build uses, one directory each. */
  readonly trees: string
  /** Leases and working directories of running builds. */
  readonly work: string
  /** Claims on steps that builds are doing. */
  readonly claims: string
  readonly cacheMounts: string
  readonly sources: string
  readonly stats: string
  /** Notes of the last use of directories, whose own times belong to their content. */
  readonly uses: string
  /** Unfinished files and directories, named by `temporaryPath`. */
  readonly temporary: string
  /** Files survive a power failure once they have their names. False for a store of one process. */
  readonly durable: boolean
  readonly pruneLock: string
  /** File whose time is that of the last automatic collection. */
  readonly collected: string
  blob(digest: Digest): string
  index(diffId: Digest): string
  layer(diffId: Digest): string
  cacheRecord(key: Digest): string
  statCache(id: string): string
}

/** The paths of the store in `root`. `temporary` replaces the directory for unfinished files. */
export function storePaths(
  root: string,
  { temporary, durable = true }: { readonly temporary?: string; readonly durable?: boolean } = {},
): StorePaths {
  const at = (...parts: readonly string[]): string => join(root, `v${storeVersion}`, ...parts)
  const fanned = (folder: string, digest: Digest, suffix: string): string =>
    at(folder, hexOf(digest).slice(0, 2), `${hexOf(digest).slice(2)}${suffix}`)
  return {
    root: at(),
    layout: at('images'),
    blobs: digestAlgorithms.map((algorithm) => at('images', 'blobs', algorithm)),
    unpacked: at('unpacked'),
    trees: at('trees'),
    work: at('work'),
    claims: at('claims'),
    cacheMounts: at('mounts'),
    sources: at('sources'),
    stats: at('stats'),
    uses: at('uses'),
    temporary: temporary ?? at('tmp'),
    durable,
    pruneLock: at('prune.lock'),
    collected: at('collected'),
    blob: (digest) => at('images', 'blobs', algorithmOf(digest), hexOf(digest)),
    index: (diffId) => fanned('indexes', diffId, ''),
    layer: (diffId) => fanned('layers', diffId, '.json'),
    cacheRecord: (key) => fanned('cache', key, '.json'),
    statCache: (id) => at('stats', id),
  }
}

/**
 * Default directory of the store: `$TSBUILD_ROOT`, else the user's data directory (XDG base
 * directory specification).
 */
export function defaultRoot(env: NodeJS.ProcessEnv, uid: number | undefined = process.getuid?.()): string {
  if (env['TSBUILD_ROOT']) return env['TSBUILD_ROOT']
  if (env['XDG_DATA_HOME']) return join(env['XDG_DATA_HOME'], 'tsbuild')
  return uid === 0 ? '/var/lib/tsbuild' : join(homeDirectory(env), '.local', 'share', 'tsbuild')
}
