/**
 * Progress of a build. A stable, versioned contract: the JSON progress of the command line is this,
 * one object a line.
 */
export type BuildEvent =
  | {
      readonly type: 'vertex-started'
      readonly vertex: string
      readonly name: string
      readonly time: number
      /** For a step that no cache has: the first difference from its last run. */
      readonly reason?: string
    }
  | {
      readonly type: 'vertex-cached'
      readonly vertex: string
      readonly name: string
      readonly time: number
      /** The cache that had it; absent for the store of this machine. */
      readonly cache?: string
    }
  | {
      readonly type: 'vertex-finished'
      readonly vertex: string
      readonly time: number
      readonly error?: string
      readonly canceled?: true
    }
  | { readonly type: 'log'; readonly vertex: string; readonly stream: 'stdout' | 'stderr'; readonly data: Uint8Array }
  /** Bytes moved: a pull, a push, an export. `id` tells transfers of one vertex apart. */
  | {
      readonly type: 'transfer'
      readonly vertex: string
      readonly id: string
      readonly done: number
      readonly total?: number
    }
  | {
      readonly type: 'warning'
      readonly code: string
      readonly message: string
      readonly line?: number
      readonly url?: string
    }

/**
 * Receives events. A step waits for the promise that it returns, so the output of RUN is read only
 * as fast as it is taken. The first error that it throws or rejects with ends the build, which
 * rejects with it.
 */
export type Reporter = (event: BuildEvent) => unknown
