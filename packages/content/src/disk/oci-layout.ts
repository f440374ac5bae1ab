import { constants } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import {
  annotationKeys,
  type Descriptor,
  type Digest,
  type DigestAlgorithm,
  encodeIndex,
  type ImageIndex,
  mediaTypes,
  parseIndex,
} from '@tsbuild/oci'
import { BlobDirectory, type BlobDirectoryOptions } from './blob-directory.ts'
import { ContentError, explainWriteFailure, hasErrno } from '../storage/errors.ts'
import { withLock } from './lock.ts'
import { makeDirectories } from './make-directories.ts'
import { readAll } from '../storage/read-all.ts'
import { syncDirectory } from './sync-directory.ts'
import { reachable } from '../graph/reachable.ts'
import { readReferrer } from '../graph/referrer.ts'
import type {
  Bytes,
  ContentIngester,
  ContentSource,
  ContentTarget,
  Referrers,
  Tagger,
  TagResolver,
} from '../storage/storage.ts'

const documentLimit = 4 * 1024 * 1024
const emptyIndex: ImageIndex = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] }

/**
 * An OCI image layout (image-spec, image-layout.md), which other tools read as `oci:<directory>`.
 * Names are kept as given in the annotation `org.opencontainers.image.ref.name`. `index.json` is
 * replaced in one step under a lock. Readers need no lock.
 */
export class OciLayout implements ContentTarget, ContentIngester, TagResolver, Tagger, Referrers {
  readonly directory: string
  readonly blobs: BlobDirectory

  private constructor(directory: string, options: BlobDirectoryOptions) {
    this.directory = directory
    this.blobs = new BlobDirectory(join(directory, 'blobs'), options)
  }

  /**
   * Opens an existing layout. Rejects with `ContentError` `LAYOUT_INVALID`, or `OciError` if
   * `index.json` is damaged.
   */
  static async open(directory: string, options: BlobDirectoryOptions = {}): Promise<OciLayout> {
    await checkMarker(directory)
    const layout = new OciLayout(directory, options)
    await layout.#readIndex()
    return layout
  }

  /**
   * Opens the layout and creates it if it is missing. Several processes may do so at the same time.
   */
  static async create(directory: string, options: BlobDirectoryOptions = {}): Promise<OciLayout> {
    const marker = join(directory, 'oci-layout')
    // The marker is written last: a layout with the marker is complete.
    if (await exists(marker)) return OciLayout.open(directory, options)
    await makeDirectories(join(directory, 'blobs', 'sha256'))
    await withLock(join(directory, 'index.json.lock'), async () => {
      if (await exists(marker)) return
      if (!(await exists(join(directory, 'index.json'))))
        await replaceFile(join(directory, 'index.json'), encodeIndex(emptyIndex))
      // Not the marker without the rest, nor content without the directories above it.
      const made = [join(directory, 'blobs'), directory, dirname(directory)]
      if (options.durable === true) await Promise.all(made.map(syncDirectory))
      await replaceFile(marker, Buffer.from('{"imageLayoutVersion":"1.0.0"}'))
    })
    return OciLayout.open(directory, options)
  }

  has(target: Descriptor): Promise<boolean> {
    return this.blobs.has(target)
  }

  open(target: Descriptor, signal?: AbortSignal): Promise<Bytes> {
    return this.blobs.open(target, signal)
  }

  put(expected: Descriptor, content: Bytes, signal?: AbortSignal): Promise<void> {
    return this.blobs.put(expected, content, signal)
  }

  adopt(expected: Descriptor, from: ContentSource): Promise<boolean> {
    return this.blobs.adopt(expected, from)
  }

  ingest(
    content: Bytes,
    signal?: AbortSignal,
    algorithm?: DigestAlgorithm,
  ): Promise<{ readonly digest: Digest; readonly size: number }> {
    return this.blobs.ingest(content, signal, algorithm)
  }

  /** Path of the blob, whether it exists or not. */
  pathOf(digest: Digest): string {
    return this.blobs.pathOf(digest)
  }

  /** Every name and its descriptor, in the order of `index.json`. */
  async tags(): Promise<readonly { readonly reference: string; readonly descriptor: Descriptor }[]> {
    const { manifests } = await this.#readIndex()
    return manifests.flatMap((entry) => {
      const reference = referenceName(entry)
      return reference === undefined ? [] : [{ reference, descriptor: withoutName(entry) }]
    })
  }

  /** Every root of the layout, with a name or without. Garbage collection keeps them. */
  async roots(): Promise<readonly Descriptor[]> {
    return (await this.#readIndex()).manifests
  }

  /** Looks up a name, or the digest of a root. */
  async resolve(reference: string): Promise<Descriptor> {
    const { manifests } = await this.#readIndex()
    const entry =
      manifests.find((each) => referenceName(each) === reference) ?? manifests.find((each) => each.digest === reference)
    if (entry === undefined) throw new ContentError('NOT_FOUND', `no image "${reference}" in "${this.directory}"`)
    return withoutName(entry)
  }

  async tag(target: Descriptor, reference: string): Promise<void> {
    if (!(await this.has(target))) {
      throw new ContentError(
        'NOT_FOUND',
        `cannot tag "${reference}": no content ${target.digest} in "${this.directory}"`,
      )
    }
    const entry = { ...target, annotations: { ...target.annotations, [annotationKeys.refName]: reference } }
    await this.#change((entries) => [...entries.filter((each) => referenceName(each) !== reference), entry])
  }

  /**
   * Adds a root as it is, in the place of one with the same name. Annotations give the name: a tag,
   * and the full name if containerd or BuildKit wrote it. Without annotations the name is the
   * digest.
   */
  async add(root: Descriptor): Promise<void> {
    await this.#change((entries) => [...entries.filter((each) => !isSameName(each, root)), root])
  }

  /** The roots that refer to a manifest. */
  async referrers(subject: Digest): Promise<readonly Descriptor[]> {
    const found: Descriptor[] = []
    for (const root of await this.roots()) {
      if (!(await this.has(root))) continue
      const referrer = await readReferrer(this, root)
      if (referrer?.subject.digest === subject) found.push(referrer.descriptor)
    }
    return found
  }

  /** Makes a manifest a root without a name. */
  async refer(referrer: Descriptor): Promise<void> {
    const { annotations: _, ...root } = referrer
    await this.add(root)
  }

  /**
   * Removes roots whose subject is not reachable from any other root. Their content stays until it
   * is collected.
   */
  async dropLooseReferrers(): Promise<void> {
    await this.#change(async (entries) => {
      const used = await reachable(this, entries)
      return entries.filter(({ digest }) => used.has(digest))
    })
  }

  /** Removes the name. The content stays until it is collected. Rejects with `NOT_FOUND`. */
  async untag(reference: string): Promise<void> {
    await this.#change((entries) => {
      const kept = entries.filter((each) => referenceName(each) !== reference)
      if (kept.length < entries.length) return kept
      throw new ContentError('NOT_FOUND', `no image "${reference}" in "${this.directory}"`)
    })
  }

  async #readIndex(): Promise<ImageIndex> {
    return parseIndex(await readDocument(join(this.directory, 'index.json')))
  }

  async #change(
    edit: (entries: readonly Descriptor[]) => readonly Descriptor[] | Promise<readonly Descriptor[]>,
  ): Promise<void> {
    const path = join(this.directory, 'index.json')
    await withLock(`${path}.lock`, async () => {
      const index = await this.#readIndex()
      await this.blobs.syncNames()
      await replaceFile(path, encodeIndex({ ...index, manifests: await edit(index.manifests) }))
    })
  }
}

async function checkMarker(directory: string): Promise<void> {
  const path = join(directory, 'oci-layout')
  const text = Buffer.from(await readDocument(path)).toString()
  if (!/"imageLayoutVersion"\s*:\s*"1\.\d+\.\d+"/.test(text)) {
    throw new ContentError(
      'LAYOUT_INVALID',
      `cannot read "${path}": expected imageLayoutVersion 1.0.0, got ${text.slice(0, 100)}`,
    )
  }
}

async function readDocument(path: string): Promise<Uint8Array> {
  try {
    // Opening a named pipe would wait for a writer, without a way to cancel.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    if ((await file.stat()).isFIFO()) throw new ContentError('LAYOUT_INVALID', `"${path}" is a named pipe`)
    return await readAll(file.createReadStream({ autoClose: false }), documentLimit)
  } catch (error) {
    if (error instanceof ContentError && error.code === 'TOO_LARGE')
      throw new ContentError('TOO_LARGE', `"${path}" is larger than ${documentLimit >> 20} MiB`)
    if (!hasErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) throw error
    throw new ContentError('LAYOUT_INVALID', `no OCI image layout: "${path}" is missing`, { cause: error })
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await using _ = await open(path)
    return true
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return false
    throw error
  }
}

/**
 * Callers hold the lock, so one name for the unfinished file is enough, and a killed writer leaves
 * at most that one.
 */
async function replaceFile(path: string, bytes: Uint8Array): Promise<void> {
  const next = `${path}.next`
  try {
    await writeDurably(next, bytes)
    await rename(next, path)
  } catch (error) {
    throw explainWriteFailure(error, path)
  }
}

/**
 * Synced before the rename. Otherwise a power failure could leave an empty index, and all names
 * would be lost.
 */
async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, 'w')
  await file.writeFile(bytes)
  await file.sync()
}

function referenceName(entry: Descriptor): string | undefined {
  return entry.annotations?.[annotationKeys.refName]
}

function isSameName(a: Descriptor, b: Descriptor): boolean {
  if (referenceName(a) !== referenceName(b)) return false
  if (referenceName(a) === undefined) return a.digest === b.digest
  const [full, other] = [a, b].map(({ annotations }) => annotations?.[annotationKeys.imageName])
  return full === undefined || other === undefined || full === other
}

function withoutName({ annotations, ...entry }: Descriptor): Descriptor {
  const { [annotationKeys.refName]: _, ...rest } = annotations ?? {}
  return Object.keys(rest).length === 0 ? entry : { ...entry, annotations: rest }
}
