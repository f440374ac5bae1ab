/** Ends the command line with `status` and nothing more to print: what there was to say has been said. */
export class Exit extends Error {
  override readonly name = 'Exit'
  readonly status: number

  constructor(status: number) {
    super(`exit with ${status}`)
    this.status = status
  }
}

/** What the exit codes of the command line mean. A stable contract. */
export const exitCodes = { done: 0, failed: 1, usage: 2, isolation: 3, network: 4, interrupted: 130 } as const
