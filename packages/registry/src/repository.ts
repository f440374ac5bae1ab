import {
  ContentError,
  fetchAll,
  readAll,
  readReferrer,
  successorsIn,
  verified,
  type Bytes,
  type ContentSource,
  type ContentTarget,
  type Referrers,
  type Tagger,
  type TagResolver,
} from '@tsbuild/content'
import { algorithmOf, isDigest, isIndexType, isManifestType, type Descriptor, type Digest } from '@tsbuild/oci'
import { AnnouncedDigests } from './announced-digests.ts'
import { download } from './transfer/download.ts'
import { callEndpoint, type EndpointContext, formatName } from './endpoints/call-endpoint.ts'
import { checkBlob } from './endpoints/check-blob.ts'
import { deleteManifest } from './endpoints/delete-manifest.ts'
import { firstReferrerPage, listReferrers, type ReferrerPage } from './endpoints/list-referrers.ts'
import { firstTagPage, listTags, type TagPage } from './endpoints/list-tags.ts'
import { mountBlob } from './endpoints/mount-blob.ts'
import { pushManifest } from './endpoints/push-manifest.ts'
import { getManifest, headManifest, maxManifestSize } from './endpoints/resolve-manifest.ts'
import { RegistryError } from './errors.ts'
import type { RetryPolicy } from './middleware/retry.ts'
import { NamedBlobs } from './named-blobs.ts'
import { readReferrersTag, ReferrersTags, type TaggedManifests } from './referrers-tag.ts'
import { discardContent, repeat } from './transfer/reopen.ts'
import { upload } from './transfer/upload.ts'
import { wrongContent } from './wrong-content.ts'

/** Tags per request; registries may answer fewer. */
const tagPage = 1000
/** Manifests kept in memory, each of up to 4 MiB. */
const keptManifests = 4
/** An image with more signatures than that is an attack. */
const maxReferrerPages = 100

/**
 * One repository of a registry as a content target. Descriptors of manifest and index types live
 * under `manifests`, all others are blobs. Network and registry failures reject with
 * `RegistryError`, wrong content with `ContentError`.
 */
export class Repository implements ContentTarget, TagResolver, Tagger, Referrers {
  readonly registry: string
  readonly repository: string
  #context: EndpointContext
  readonly #policy: RetryPolicy
  /** Manifests of which the registry said that it knows what they refer to. */
  readonly #known = new Set<Digest>()
  /** Blobs that it did not have when last asked, and that may come. */
  readonly #absent = new Set<Digest>()
  /** The manifests that were pushed last, the newest at the end: a tag needs one once more. */
  readonly #pushed = new Map<Digest, Uint8Array>()
  /** Uploads that the registry opened in place of a mount. */
  readonly #opened = new Map<Digest, string>()
  /** Blobs that were mounted, or are being mounted. */
  readonly #mounted = new Map<Digest, Promise<boolean>>()
  /** Manifests that the registry does not take by their digest. */
  readonly #unnamed = new Map<Digest, Uint8Array>()
  readonly #announced = new AnnouncedDigests()
  readonly #referrersTags: ReferrersTags
  /** Blobs of the image that a push replaces. */
  readonly #named = new NamedBlobs()

  /** Made by `RegistryClient.repository`. */
  constructor(context: EndpointContext, policy: RetryPolicy) {
    this.registry = context.registry
    this.repository = context.repository
    this.#context = context
    this.#policy = policy
    this.#referrersTags = new ReferrersTags(this.#direct())
  }

  /**
   * Announces that an image is going to be pushed, under this tag if there is one. Questions come
   * with a token that allows the push; blobs of the image that has the tag are taken for present.
   */
  beginPush(tag: string | undefined): void {
    this.#context = { ...this.#context, pushes: true }
    if (tag !== undefined) this.#named.add(tag)
  }

  /** Asks with HEAD; no content is transferred. */
  async has(target: Descriptor): Promise<boolean> {
    if (!isManifest(target)) {
      if (await this.#named.has(target.digest, this.#context)) return true
      const isPresent = await callEndpoint(this.#context, checkBlob(this.repository, target.digest))
      if (!isPresent) this.#absent.add(target.digest)
      return isPresent
    }
    return (await callEndpoint(this.#context, headManifest(this.repository, target.digest))) !== 'absent'
  }

  /**
   * Opens content by digest; verified, and resumed after a broken connection. The stream must be
   * read or returned.
   */
  async open(target: Descriptor, signal?: AbortSignal): Promise<Bytes> {
    const context = { ...this.#with(signal), mirrored: true }
    if (!isManifest(target)) return download(context, target, { kind: 'blob', policy: this.#policy })
    try {
      const bytes = await download(context, target, { kind: 'manifest', policy: this.#policy })
      return repeat(checkManifest(target, await readAll(bytes, maxManifestSize), this))
    } catch (error) {
      throw await this.#announced.explain(error, target.digest, context)
    }
  }

  /**
   * Uploads content unless the repository has it. Content of several MiB is sent again after a
   * failure only if it can be iterated again.
   */
  async put(expected: Descriptor, content: Bytes, signal?: AbortSignal): Promise<void> {
    if (isManifest(expected)) {
      return this.#putManifest(expected, await readAll(verified(content, expected), maxManifestSize))
    }
    const context = this.#with(signal)
    const location = this.#opened.get(expected.digest)
    this.#opened.delete(expected.digest)
    // A blob that another push brings in the meantime is taken a second time.
    const isKnown = this.#absent.delete(expected.digest) || location !== undefined
    const isAbsent = isKnown || !(await this.#hasForPush(expected.digest, context))
    if (isAbsent) return upload(context, expected, { content, policy: this.#policy, location })
    await discardContent(content)
  }

  /**
   * Mounts a blob from another repository of the same registry, also one that the registry mirrors;
   * false when there is nothing to mount or it is refused. `put` then continues the upload that a
   * registry opens instead.
   */
  async adopt(expected: Descriptor, from: ContentSource): Promise<boolean> {
    if (!(from instanceof Repository) || isManifest(expected)) return false
    // A second mount makes Docker's registry write the link of the blob anew: a manifest that
    // arrives meanwhile is refused.
    const mounted = this.#mounted.get(expected.digest) ?? this.#mount(expected, from)
    this.#mounted.set(expected.digest, mounted)
    try {
      const isMounted = await mounted
      if (!isMounted) this.#mounted.delete(expected.digest)
      return isMounted
    } catch (error) {
      this.#mounted.delete(expected.digest)
      throw error
    }
  }

  async #mount(expected: Descriptor, from: Repository): Promise<boolean> {
    const [own] = await this.#context.hosts()
    const place = (await from.#context.hosts()).find(
      ({ host, apiRoot }) => host === own?.host && apiRoot === own.apiRoot,
    )
    if (place === undefined) return false
    if (place.repository === own?.repository) return this.has(expected)
    try {
      const { upload: location } = await callEndpoint(
        this.#context,
        mountBlob(this.repository, expected.digest, place.repository),
      )
      // Docker's registry mounts other algorithms under a sha256 digest only.
      if (location === undefined) return algorithmOf(expected.digest) === 'sha256' || (await this.has(expected))
      this.#opened.set(expected.digest, location)
    } catch (error) {
      // Being refused is an answer; being unable to ask is a failure.
      if (!(error instanceof RegistryError) || error.status === undefined || error.temporary) throw error
    }
    return false
  }

  /**
   * The descriptor of a tag or digest, at most 4 MiB large; by HEAD where the registry tells
   * enough, else by reading. A mirror may answer.
   */
  async resolve(reference: string): Promise<Descriptor> {
    return this.#resolve(reference, { ...this.#context, mirrored: true })
  }

  async #resolve(reference: string, context: EndpointContext): Promise<Descriptor> {
    const head = await callEndpoint(context, headManifest(this.repository, reference))
    const found = head === 'unclear' ? await this.#readDescriptor(reference, context) : head
    const name = formatName(this, reference)
    if (found === 'absent') {
      const { host } = await context.origin()
      const hint = `check the name and the ${isDigest(reference) ? 'digest' : 'tag'}`
      throw new ContentError('NOT_FOUND', `${name}: not found in ${host}`, { hint })
    }
    if (isDigest(reference) && found.digest !== reference) {
      throw wrongContent('DIGEST_MISMATCH', `${name}: the registry has ${found.digest} there`, this.registry)
    }
    this.#announced.note(found.digest, reference)
    return found
  }

  async #readDescriptor(reference: string, context: EndpointContext): Promise<Descriptor | 'absent'> {
    const read = await callEndpoint(context, getManifest(this.repository, reference))
    return read === 'absent' ? read : read.descriptor
  }

  /**
   * Writes a manifest under a tag. Unless it was pushed here just now, it is read from `source`:
   * this repository by default.
   */
  async tag(target: Descriptor, reference: string, source: ContentSource = this): Promise<void> {
    const { digest } = target
    const bytes = this.#unnamed.get(digest) ?? this.#pushed.get(digest)
    await this.pushManifest(target, bytes ?? (await fetchAll(source, target, maxManifestSize)), reference)
  }

  /**
   * Many registries know manifests by sha256 only, and refuse others. Such a manifest can still be
   * stored under a tag.
   */
  async #putManifest(manifest: Descriptor, bytes: Uint8Array): Promise<void> {
    try {
      await this.pushManifest(manifest, bytes)
    } catch (error) {
      const isRefused = error instanceof RegistryError && error.status === 400
      if (!isRefused || algorithmOf(manifest.digest) === 'sha256') throw error
      this.#unnamed.set(manifest.digest, bytes)
    }
  }

  /**
   * Stores a manifest or index, under `tag` if given, else by digest. `bytes` are those of the
   * descriptor.
   */
  async pushManifest(descriptor: Descriptor, bytes: Uint8Array, tag?: string): Promise<void> {
    const { refers } = await callEndpoint(
      this.#context,
      pushManifest(this.repository, { descriptor, bytes }, tag ?? descriptor.digest),
    )
    if (refers) this.#known.add(descriptor.digest)
    this.#pushed.delete(descriptor.digest)
    this.#pushed.set(descriptor.digest, bytes)
    const [oldest] = this.#pushed.keys()
    if (this.#pushed.size > keptManifests && oldest !== undefined) this.#pushed.delete(oldest)
  }

  /**
   * Referrers of a manifest, from the registry, or from the tag that clients keep where the
   * registry has no such list (distribution-spec § Listing Referrers).
   */
  async referrers(subject: Digest): Promise<readonly Descriptor[]> {
    return (await this.#listed(subject)) ?? readReferrersTag(this.#direct(), subject)
  }

  /**
   * Makes sure that a pushed manifest is found from its subject: nothing to do where the registry
   * took note of it.
   */
  async refer(referrer: Descriptor): Promise<void> {
    if (this.#known.has(referrer.digest)) return
    const read = await readReferrer(this, referrer)
    if (read === undefined) return
    const { subject, descriptor } = read
    const listed = await this.#listed(subject.digest)
    if (listed?.some(({ digest }) => digest === referrer.digest)) return
    await this.#referrersTags.add(subject.digest, descriptor)
  }

  /**
   * Deletes a manifest, or only a tag where the registry can; rejects with `REGISTRY_NOT_FOUND`
   * when it does not exist.
   */
  async deleteManifest(reference: string): Promise<void> {
    await callEndpoint(this.#context, deleteManifest(this.repository, reference))
  }

  /** At most `limit` tags in the registry's order. */
  async listTags(limit: number): Promise<readonly string[]> {
    const tags: string[] = []
    let path: string | undefined = firstTagPage(this.repository, Math.min(limit, tagPage))
    while (path !== undefined && tags.length < limit) {
      const page: TagPage = await callEndpoint(this.#context, listTags(path))
      // A page that brings nothing cannot be followed by one that matters; it could be followed for
      // ever.
      if (page.tags.length === 0) break
      for (const tag of page.tags) tags.push(tag)
      path = page.next
    }
    return tags.slice(0, limit)
  }

  #hasForPush(digest: Digest, context: EndpointContext): Promise<boolean> {
    return callEndpoint(context, checkBlob(this.repository, digest, ['pull', 'push']))
  }

  /** This repository without mirrors, whose tags may be old. */
  #direct(): TaggedManifests {
    return {
      has: (target) => this.has(target),
      open: (target, signal) => this.open(target, signal),
      resolve: (reference) => this.#resolve(reference, this.#context),
      pushManifest: (descriptor, bytes, tag) => this.pushManifest(descriptor, bytes, tag),
    }
  }

  /** Undefined where the registry has no list of referrers. */
  async #listed(subject: Digest): Promise<readonly Descriptor[] | undefined> {
    const found: Descriptor[] = []
    let path: string | undefined = firstReferrerPage(this.repository, subject)
    for (let pages = 0; path !== undefined && pages < maxReferrerPages; pages++) {
      const page: ReferrerPage | undefined = await callEndpoint(this.#context, listReferrers(path))
      if (page === undefined) return undefined
      for (const referrer of page.referrers) found.push(referrer)
      path = page.next
    }
    return found
  }

  #with(signal: AbortSignal | undefined): EndpointContext {
    if (signal === undefined) return this.#context
    const own = this.#context.signal
    return { ...this.#context, signal: own === undefined ? signal : AbortSignal.any([own, signal]) }
  }
}

/**
 * Checks the bytes of a manifest or index; throws for any other document, even one with the right
 * digest.
 */
function checkManifest(target: Descriptor, bytes: Uint8Array, place: Repository): Uint8Array {
  try {
    successorsIn(target, bytes)
    return bytes
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw wrongContent('CONTENT_CORRUPT', `${formatName(place, target.digest)}: ${reason}`, place.registry)
  }
}

function isManifest({ mediaType }: Descriptor): boolean {
  return isManifestType(mediaType) || isIndexType(mediaType)
}
