/** A call in the words of tsbuild. */
export interface ResolvedCall {
  /** Absent where docker has something to do and tsbuild has not. */
  readonly command?: string
  readonly argv: readonly string[]
  /** Remark for standard error. */
  readonly note?: string
}
