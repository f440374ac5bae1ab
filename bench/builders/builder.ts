/** Work for a builder. */
export interface BuildRequest {
  /** Path of the Dockerfile. */
  readonly dockerfile: string
  readonly context: string
  /** Do every step again. */
  readonly noCache: boolean
  /** Path of the OCI archive to write, where the builder can. */
  readonly archive?: string
}

/** One builder on this machine, with a store of its own. */
export interface Builder extends AsyncDisposable {
  readonly name: string
  /** The work goes on in another process: the memory of the command says nothing. */
  readonly daemon: boolean
  /** Forgets everything: images, layers, cache. */
  reset(): Promise<void>
  command(request: BuildRequest): {
    readonly command: readonly string[]
    readonly env: Readonly<Record<string, string>>
  }
}
