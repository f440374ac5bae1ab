import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { OciLayout, readAll } from '@tsbuild/content'
import { algorithmOf, type Descriptor, type Digest, hexOf, isIndexType, isManifestType, limits } from '@tsbuild/oci'
import { asDigest } from '../names/as-digest.ts'
import { ignoreMissing, sizeOf } from '../directory/files.ts'
import { readManifest } from '../manifest/read-manifest.ts'
import type { RegistryReader, StoredFile, StoredManifest } from '../storage/storage.ts'
import { offeredNames } from './layout-name.ts'

/** Images of one repository, and all content that they lead to. */
interface OfferedRepository {
  readonly tags: Map<string, Digest>
  /** Media types. */
  readonly manifests: Map<Digest, string>
  readonly blobs: Set<Digest>
  readonly referrers: Map<Digest, Set<Digest>>
}

/**
 * Offers the images of one OCI image layout for reading. Only content that the named images lead to
 * can be read, and manifests that refer to it. Changes of `index.json` are seen at the next
 * request.
 */
export class LayoutReader implements RegistryReader {
  readonly #directory: string
  readonly #name: string
  #read:
    | { readonly version: string; readonly repositories: Promise<ReadonlyMap<string, OfferedRepository>> }
    | undefined

  /** A name in the layout that is only a tag belongs to the repository `name`. */
  constructor(directory: string, name: string) {
    this.#directory = directory
    this.#name = name
  }

  async hasRepository(repository: string): Promise<boolean> {
    return (await this.#repositories()).has(repository)
  }

  async findBlob(repository: string, digest: Digest): Promise<StoredFile | undefined> {
    const found = (await this.#repositories()).get(repository)
    return found?.blobs.has(digest) === true ? this.#file(digest) : undefined
  }

  async findManifest(repository: string, reference: string): Promise<StoredManifest | undefined> {
    const found = (await this.#repositories()).get(repository)
    const digest = asDigest(reference) ?? found?.tags.get(reference)
    const mediaType = digest && found?.manifests.get(digest)
    const file = digest && (await this.#file(digest))
    return mediaType === undefined || file === undefined ? undefined : { ...file, mediaType }
  }

  async listTags(repository: string): Promise<readonly string[] | undefined> {
    const tags = (await this.#repositories()).get(repository)?.tags
    return tags && [...tags.keys()].sort()
  }

  async listReferrers(repository: string, subject: Digest): Promise<readonly Digest[]> {
    return [...((await this.#repositories()).get(repository)?.referrers.get(subject) ?? [])].sort()
  }

  async listRepositories(): Promise<readonly string[]> {
    return [...(await this.#repositories()).keys()].sort()
  }

  async #repositories(): Promise<ReadonlyMap<string, OfferedRepository>> {
    const { ino, mtimeMs, size } = (await stat(join(this.#directory, 'index.json')).catch(ignoreMissing)) ?? {}
    const version = `${ino} ${mtimeMs} ${size}`
    if (this.#read?.version !== version) {
      const repositories = this.#readAll()
      this.#read = { version, repositories }
      repositories.catch(() => (this.#read = undefined))
    }
    return this.#read.repositories
  }

  async #readAll(): Promise<ReadonlyMap<string, OfferedRepository>> {
    const layout = await OciLayout.open(this.#directory, { marksUse: false })
    const roots = await layout.roots()
    const repositories = new Map<string, OfferedRepository>()
    for (const root of roots) {
      for (const { repository, tag } of offeredNames(root, this.#name)) {
        const offered = repositories.get(repository) ?? emptyRepository()
        repositories.set(repository, offered)
        // Of two images with one name the first is offered.
        if (offered.tags.has(tag)) continue
        offered.tags.set(tag, root.digest)
        await this.#walk(root, offered)
      }
    }
    const nameless = roots.filter((root) => offeredNames(root, this.#name).length === 0)
    for (const offered of repositories.values()) await this.#addReferrers(nameless, offered)
    return repositories
  }

  /** Adds everything that a manifest leads to. Content that is missing is not offered. */
  async #walk(
    root: Pick<Descriptor, 'mediaType'> & { readonly digest: Digest },
    offered: OfferedRepository,
  ): Promise<void> {
    const waiting = [root]
    for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
      const { digest, mediaType } = node
      if (!isManifestType(mediaType) && !isIndexType(mediaType)) {
        offered.blobs.add(digest)
        continue
      }
      if (offered.manifests.has(digest)) continue
      const manifest = await this.#manifest(digest, mediaType)
      if (manifest === undefined) continue
      offered.manifests.set(digest, mediaType)
      waiting.push(...manifest.references)
      if (manifest.subject === undefined) continue
      const referrers = offered.referrers.get(manifest.subject) ?? new Set()
      offered.referrers.set(manifest.subject, referrers.add(digest))
    }
  }

  /** Adds roots without a name that refer to offered manifests, or to one another. */
  async #addReferrers(roots: readonly Descriptor[], offered: OfferedRepository): Promise<void> {
    let rest = roots
    for (;;) {
      const later: Descriptor[] = []
      for (const root of rest) {
        const subject = (await this.#manifest(root.digest, root.mediaType))?.subject
        if (subject === undefined) continue
        if (offered.manifests.has(subject)) await this.#walk(root, offered)
        else later.push(root)
      }
      if (later.length === 0 || later.length === rest.length) return
      rest = later
    }
  }

  async #manifest(digest: Digest, mediaType: string): Promise<ReturnType<typeof readManifest> | undefined> {
    if (!isManifestType(mediaType) && !isIndexType(mediaType)) return undefined
    const { path } = (await this.#file(digest)) ?? {}
    if (path === undefined) return undefined
    try {
      return readManifest(await readAll(createReadStream(path), limits.document), mediaType)
    } catch {
      // One broken manifest does not keep the other images from being offered.
      return undefined
    }
  }

  async #file(digest: Digest): Promise<StoredFile | undefined> {
    const path = join(this.#directory, 'blobs', algorithmOf(digest), hexOf(digest))
    const size = await sizeOf(path)
    return size === undefined ? undefined : { digest, path, size }
  }
}

function emptyRepository(): OfferedRepository {
  return { tags: new Map(), manifests: new Map(), blobs: new Set(), referrers: new Map() }
}
