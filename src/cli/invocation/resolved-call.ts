/** A call in the words of tsbuild. */
export interface ResolvedCall {
  /** Absent where docker has something to do and tsbuild has not. */
  readonly command?: string
  readonly argv: readonly string[]
  /** Names without a scheme are images in registries, also where the command expects the store. */
  readonly isRegistryCall?: boolean
  /** Remark for standard error. */
  readonly note?: string
}
