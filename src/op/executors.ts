import type { ImagePlace } from '../layer/stored/layer-record.ts'
import type { LayerStore } from '../layer/layer-store.ts'
import type { OpExecutors } from '../solve/executor.ts'
import type { ImageRepository } from './images/base-images.ts'
import { copyExecutor } from './copy.ts'
import { gitExecutor } from './git/git.ts'
import type { GitSource } from './git/git-source.ts'
import { httpExecutor } from './http/http.ts'
import type { HttpSource } from './http/http-source.ts'
import { imageExecutor } from './images/image.ts'
import { inlineExecutor } from './inline.ts'
import { type ContextSource, localExecutor } from './local.ts'
import { mergeExecutor } from './merge.ts'
import { mkdirExecutor } from './mkdir.ts'
import { squashExecutor } from './squash.ts'
import { type RunExecutorOptions, runExecutor } from './run/run.ts'

export interface ExecutorOptions extends RunExecutorOptions {
  readonly store: LayerStore
  readonly git: GitSource
  readonly http: HttpSource
  readonly contexts: ReadonlyMap<string, ContextSource>
  /** Source of an image's layers, by the reference that they remember. */
  imageSource(place: ImagePlace): ImageRepository
}

/** One executor for each kind of op. */
export function executors(options: ExecutorOptions): OpExecutors {
  const { store } = options
  return {
    image: imageExecutor(store, (place) => options.imageSource(place)),
    local: localExecutor(store, options.contexts),
    git: gitExecutor(store, options.git),
    http: httpExecutor(store, options.http),
    inline: inlineExecutor(store),
    mkdir: mkdirExecutor(store),
    copy: copyExecutor(store),
    merge: mergeExecutor,
    squash: squashExecutor(store),
    run: runExecutor(options),
  }
}
