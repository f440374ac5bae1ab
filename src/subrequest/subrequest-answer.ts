/** Answer to `--call`: for people, for programs, and whether the exit code is to be 1. */
export interface SubrequestAnswer {
  /** For standard output; ends with a newline unless empty. */
  readonly text: string
  /** A JSON document in BuildKit's shape. */
  readonly json: unknown
  /** Why the Dockerfile cannot be built, with the lines to blame; for standard error, in whatever form the answer is asked for. */
  readonly error?: string
  /** What the answer could not take into account, one sentence each; for standard error. */
  readonly notes: readonly string[]
  readonly failed: boolean
}
