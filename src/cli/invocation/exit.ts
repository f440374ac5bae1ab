/**
 * Ends the command line with `status` and nothing more to print: what there was to say has been
 * said.
 */
export class Exit extends Error {
  override readonly name = 'Exit'
  readonly status: number

  constructor(status: number) {
    super(`exit with ${status}`)
    this.status = status
  }
}
