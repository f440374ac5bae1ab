/** Something in a store that is not as it should be. */
export interface StoreProblem {
  /**
   * `blob`: bytes under a wrong digest. `layer`, `index`, `record`: of a layer or a step, damaged
   * or naming bytes that are missing. `image`: a name whose image is incomplete. `layout`: the list
   * of images cannot be read. `temporary`: unfinished work of an ended process.
   */
  readonly kind: 'blob' | 'layer' | 'index' | 'record' | 'image' | 'layout' | 'temporary'
  /** File or directory, absolute. */
  readonly path: string
  readonly reason: string
  /** Repair: its removal, or a record without the missing bytes. Absent where tsbuild has none. */
  readonly repair?: 'remove' | 'rewrite'
}

/** Result of a check of a store. */
export interface StoreCheck {
  /** Directory of the store. */
  readonly store: string
  /** Number of objects that were looked at. */
  readonly checked: {
    readonly blobs: number
    readonly layers: number
    readonly records: number
    readonly images: number
  }
  readonly problems: readonly StoreProblem[]
  /** Problems that were repaired; those of `problems` are left. */
  readonly repaired: readonly StoreProblem[]
}
