/** Answer to `--call`: for people, for programs, and whether the exit code is to be 1. */
export interface SubrequestAnswer {
  /** For standard output; ends with a newline unless empty. */
  readonly text: string
  /** A JSON document in BuildKit's shape. */
  readonly json: unknown
  /**
   * Reason why the Dockerfile cannot be built, with the lines at fault; for standard error, in
   * every form of the answer.
   */
  readonly error?: string
  /** Limitations of the answer, one sentence each; for standard error. */
  readonly notes: readonly string[]
  readonly failed: boolean
}
