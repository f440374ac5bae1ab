import type { LayerStore } from '../layer/layer-store.ts'
import type { OpExecutors } from '../solve/executor.ts'
import type { ImageRepository } from './base-images.ts'
import { copyExecutor } from './copy.ts'
import { type GitOptions, gitExecutor } from './git.ts'
import { type HttpOptions, httpExecutor } from './http.ts'
import { imageExecutor } from './image.ts'
import { inlineExecutor } from './inline.ts'
import { type ContextSource, localExecutor } from './local.ts'
import { mergeExecutor } from './merge.ts'
import { mkdirExecutor } from './mkdir.ts'
import { type RunExecutorOptions, runExecutor } from './run.ts'

export interface ExecutorOptions extends HttpOptions, GitOptions, RunExecutorOptions {
  readonly store: LayerStore
  readonly contexts: ReadonlyMap<string, ContextSource>
  /** Where the layers of an image are, by the reference they remember. */
  imageSource(reference: string): ImageRepository
}

/** One executor for each kind of op. */
export function executors(options: ExecutorOptions): OpExecutors {
  const { store } = options
  return {
    image: imageExecutor(store, (reference) => options.imageSource(reference)),
    local: localExecutor(store, options.contexts),
    git: gitExecutor(store, options),
    http: httpExecutor(store, options),
    inline: inlineExecutor(store),
    mkdir: mkdirExecutor(store),
    copy: copyExecutor(store),
    merge: mergeExecutor,
    run: runExecutor(options),
  }
}
