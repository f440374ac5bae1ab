import { setTimeout as sleep } from 'node:timers/promises'
import { ContentError, fetchAll, type ContentSource, type TagResolver } from '@tsbuild/content'
import {
  algorithmOf,
  type Descriptor,
  type Digest,
  digestOf,
  encodeIndex,
  hexOf,
  mediaTypes,
  parseIndex,
} from '@tsbuild/oci'
import { RegistryError } from './errors.ts'

/** A repository as far as its tags are concerned. */
export interface TaggedManifests extends ContentSource, TagResolver {
  pushManifest(descriptor: Descriptor, bytes: Uint8Array, tag?: string): Promise<void>
}

/**
 * Pause between a change and the look that confirms it (ms): longer than another client needs from
 * its read to its write. Doubled with each change that was lost.
 */
const settleTime = 200
const maximumChanges = 8

/**
 * Referrers of a manifest, from the tag `sha256-…` that clients keep where the registry does not
 * (distribution-spec § Referrers Tag Schema). Rejects with `OciError` when the tag is something
 * else.
 */
export async function readReferrersTag(repository: TaggedManifests, subject: Digest): Promise<readonly Descriptor[]> {
  const found = await repository.resolve(referrersTagName(subject)).catch((error: unknown) => {
    if (error instanceof ContentError && error.code === 'NOT_FOUND') return undefined
    throw error
  })
  return found ? parseIndex(await fetchAll(repository, found)).manifests : []
}

/**
 * Adds referrers to these tags. Registries replace a tag without a condition, so that two clients
 * that add at once overwrite each other: each reads its change again after a pause, and repeats it
 * when it was lost. Additions to one tag in one process are made together.
 */
export class ReferrersTags {
  readonly #repository: TaggedManifests
  readonly #settleTime: number
  readonly #waiting = new Map<Digest, Descriptor[]>()
  readonly #running = new Map<Digest, Promise<void>>()

  constructor(repository: TaggedManifests, { settleTime: pause = settleTime }: { readonly settleTime?: number } = {}) {
    this.#repository = repository
    this.#settleTime = pause
  }

  /** Resolves when the tag lists the referrer; rejects when others keep removing it. */
  async add(subject: Digest, referrer: Descriptor): Promise<void> {
    const waiting = this.#waiting.get(subject)
    if (waiting !== undefined) {
      waiting.push(referrer)
      return this.#running.get(subject)
    }
    const batch = [referrer]
    this.#waiting.set(subject, batch)
    const before = this.#running.get(subject)
    const running = (async () => {
      await before?.catch(() => undefined)
      this.#waiting.delete(subject)
      await this.#change(subject, batch)
    })()
    this.#running.set(subject, running)
    try {
      await running
    } finally {
      if (this.#running.get(subject) === running) this.#running.delete(subject)
    }
  }

  async #change(subject: Digest, referrers: readonly Descriptor[]): Promise<void> {
    for (let changes = 0; ; changes++) {
      const listed = await readReferrersTag(this.#repository, subject)
      const known = new Set(listed.map(({ digest }) => digest))
      const missing = [...new Map(referrers.map((each) => [each.digest, each])).values()].filter(
        ({ digest }) => !known.has(digest),
      )
      if (missing.length === 0) return
      if (changes === maximumChanges) throw lostChanges(subject)
      await this.#write(subject, [...listed, ...missing])
      await sleep(this.#settleTime * 2 ** changes * (1 + Math.random()))
    }
  }

  async #write(subject: Digest, manifests: readonly Descriptor[]): Promise<void> {
    const bytes = encodeIndex({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests })
    const descriptor = { mediaType: mediaTypes.ociIndex, digest: digestOf(bytes), size: bytes.length }
    await this.#repository.pushManifest(descriptor, bytes, referrersTagName(subject))
  }
}

function lostChanges(subject: Digest): RegistryError {
  return new RegistryError(
    'REGISTRY_UNAVAILABLE',
    `the tag ${referrersTagName(subject)} was changed by others ${maximumChanges} times while referrers were added`,
    { temporary: true, hint: 'push again when no other job pushes referrers of this image' },
  )
}

/** A tag has at most 64 characters of the digits (distribution-spec § Referrers Tag Schema). */
function referrersTagName(subject: Digest): string {
  return `${algorithmOf(subject)}-${hexOf(subject).slice(0, 64)}`
}
