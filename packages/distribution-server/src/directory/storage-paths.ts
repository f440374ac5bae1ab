import { join } from 'node:path'
import { algorithmOf, digestAlgorithms, hexOf, type Digest } from '@tsbuild/oci'
import { asDigest } from '../names/as-digest.ts'

/** Paths in a storage directory. Computes them without touching the disk. */
export interface StoragePaths {
  readonly root: string
  /** Says that the directory is a storage, and of which version. Written last. */
  readonly marker: string
  readonly blobs: string
  readonly repositories: string
  readonly uploads: string
  /** Unfinished files, named by `temporaryPath`. */
  readonly temporary: string
  readonly locks: string
  readonly collectorLock: string
  blob(digest: Digest): string
  /** Held to link a blob to a repository, and to remove it. */
  blobLock(digest: Digest): string
  upload(id: string): UploadPaths
  repository(name: string): RepositoryPaths
}

export interface UploadPaths {
  readonly directory: string
  /** Name of the repository. */
  readonly repository: string
  readonly data: string
  readonly lock: string
}

/** Folders of one repository. Their names begin with `_`, as no component of a name does. */
export interface RepositoryPaths {
  readonly directory: string
  readonly tags: string
  readonly manifests: string
  readonly blobs: string
  readonly referrers: string
  readonly lock: string
  tag(tag: string): string
  manifest(digest: Digest): string
  blob(digest: Digest): string
  referrersOf(subject: Digest): string
}

/** Folders of a storage. */
export const storageFolders: readonly string[] = ['blobs', 'repositories', 'uploads', 'locks', 'tmp']

/** Names of the folders of a repository that say that it exists. */
export const repositoryFolders = ['_tags', '_manifests', '_blobs'] as const

export function storagePaths(root: string): StoragePaths {
  return {
    root,
    marker: join(root, 'tsbuild-registry'),
    blobs: join(root, 'blobs'),
    repositories: join(root, 'repositories'),
    uploads: join(root, 'uploads'),
    temporary: join(root, 'tmp'),
    locks: join(root, 'locks'),
    collectorLock: join(root, 'locks', 'gc'),
    blob: (digest) => join(root, 'blobs', algorithmOf(digest), hexOf(digest)),
    blobLock: (digest) => join(root, 'locks', linkName(digest)),
    upload: (id) => {
      const directory = join(root, 'uploads', id)
      const at = (name: string): string => join(directory, name)
      return { directory, repository: at('repository'), data: at('data'), lock: at('lock') }
    },
    repository: (name) => repositoryPaths(join(root, 'repositories', name)),
  }
}

function repositoryPaths(directory: string): RepositoryPaths {
  const at = (...parts: readonly string[]): string => join(directory, ...parts)
  return {
    directory,
    tags: at('_tags'),
    manifests: at('_manifests'),
    blobs: at('_blobs'),
    referrers: at('_referrers'),
    lock: at('_lock'),
    tag: (tag) => at('_tags', tag),
    manifest: (digest) => at('_manifests', linkName(digest)),
    blob: (digest) => at('_blobs', linkName(digest)),
    referrersOf: (subject) => at('_referrers', linkName(subject)),
  }
}

/** The folders for blobs. */
export function blobFolders({ blobs }: StoragePaths): readonly string[] {
  return digestAlgorithms.map((algorithm) => join(blobs, algorithm))
}

/** Name of a file that links content to a repository. */
export function linkName(digest: Digest): string {
  return digest.replace(':', '-')
}

/** Digest that a file of `linkName` names; undefined for other files. */
export function readLinkName(name: string): Digest | undefined {
  return asDigest(name.replace('-', ':'))
}
