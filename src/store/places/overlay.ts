import { type ContentSource, MemoryContent, oneChunk } from '@tsbuild/content'
import { type Descriptor, digestOf } from '@tsbuild/oci'

/** New documents in front of the content of an image. */
export class Overlay implements ContentSource {
  readonly #added = new MemoryContent()
  readonly #behind: readonly ContentSource[]

  constructor(...behind: readonly ContentSource[]) {
    this.#behind = behind
  }

  async add(mediaType: string, bytes: Uint8Array): Promise<Descriptor> {
    const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length }
    await this.#added.put(descriptor, oneChunk(bytes))
    return descriptor
  }

  async has(target: Descriptor): Promise<boolean> {
    return (await this.#holder(target)) !== undefined
  }

  async open(target: Descriptor, signal?: AbortSignal): ReturnType<ContentSource['open']> {
    const holder = (await this.#holder(target)) ?? this.#behind[0] ?? this.#added
    return holder.open(target, signal)
  }

  async #holder(target: Descriptor): Promise<ContentSource | undefined> {
    for (const source of [this.#added, ...this.#behind]) if (await source.has(target)) return source
    return undefined
  }
}
