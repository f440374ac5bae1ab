import type { Bytes } from '@tsbuild/content'
import type { Named, ReapiContent } from '@tsbuild/reapi'
import pLimit from 'p-limit'

/** Content that a step needs, and its bytes if the server lacks them. */
export interface Upload extends Named {
  open(): Bytes | Promise<Bytes>
}

/** Uploads at the same time. */
const concurrency = 4

/** Content of a build on its way to a server: each is looked up once and sent once at most. */
export class Uploads {
  readonly #content: ReapiContent
  readonly #limit = pLimit(concurrency)
  readonly #known = new Map<string, Promise<void>>()

  constructor(content: ReapiContent) {
    this.#content = content
  }

  /** Resolves when the server has all of them. */
  async send(uploads: readonly Upload[], signal: AbortSignal): Promise<void> {
    const unknown = uploads.filter((upload) => !this.#known.has(keyOf(upload)))
    const missing = new Set((await this.#content.missing(unknown, signal)).map(keyOf))
    for (const upload of unknown) {
      const key = keyOf(upload)
      if (this.#known.has(key)) continue
      const sending = missing.has(key) ? this.#limit(() => this.#put(upload, signal)) : Promise.resolve()
      this.#known.set(key, sending)
      sending.catch(() => this.#known.delete(key))
    }
    await Promise.all(uploads.flatMap((upload) => this.#known.get(keyOf(upload)) ?? []))
  }

  /** From now on everything is looked up again: the server has lost some of it. */
  forget(): void {
    this.#known.clear()
  }

  async #put(upload: Upload, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const { digest, size } = upload
    await this.#content.put({ digest, size, mediaType: 'application/octet-stream' }, await upload.open(), signal)
  }
}

function keyOf({ digest, size }: Named): string {
  return `${digest}/${size}`
}
