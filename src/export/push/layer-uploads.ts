import type { Repository } from '@tsbuild/registry'
import type { LayerForm } from '../../image/published-layer.ts'
import type { Snapshot } from '../../layer/layer.ts'
import { RepositoryUploads, type UploadParts } from './repository-uploads.ts'

/** A repository that an image is pushed to, and the form of its layers there. */
export interface UploadTarget {
  readonly repository: Repository
  readonly form: LayerForm
}

/**
 * Uploads of layers that begin while the build still runs. A build that finds all of its steps in a
 * cache uploads nothing here. Disposing ends the uploads under way.
 */
export class LayerUploads implements AsyncDisposable {
  readonly #targets: readonly UploadTarget[]
  readonly #repositories = new Map<Repository, RepositoryUploads>()
  /** Layers of a build that has run no step yet. */
  #held: Snapshot[] | undefined = []

  /** `id` begins the ids under which the uploads are reported. */
  constructor(targets: readonly UploadTarget[], { id, ...parts }: UploadParts & { readonly id: string }) {
    this.#targets = targets
    for (const { repository } of targets) {
      const vertex = `${id}-${this.#repositories.size + 1}`
      if (!this.#repositories.has(repository))
        this.#repositories.set(repository, new RepositoryUploads(repository, { ...parts, vertex }))
    }
  }

  /** Notes that a step runs, so that the image will be a new one. */
  begin(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const layers of held) this.add(layers)
  }

  /** Uploads layers that are going to be in the image, those that were added before aside. */
  add(layers: Snapshot): void {
    if (this.#held !== undefined) {
      this.#held.push(layers)
      return
    }
    for (const { repository, form } of this.#targets)
      for (const layer of layers) this.#repositories.get(repository)?.add(layer, form)
  }

  /** The uploads to a repository. */
  of(repository: Repository): RepositoryUploads | undefined {
    return this.#repositories.get(repository)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#repositories.values()].map((uploads) => uploads.stop()))
  }
}
