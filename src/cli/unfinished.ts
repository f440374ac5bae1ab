/** A command whose lower half is not there yet. */
export class Unfinished extends Error {
  override readonly name = 'Unfinished'
  readonly code = 'UNFINISHED'

  constructor(what: string) {
    super(`Not supported yet: ${what}`)
  }
}
