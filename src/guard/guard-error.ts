/** The image would hold a secret of the build. The message names its id, never its value. */
export class GuardError extends Error {
  override readonly name = 'GuardError'
  readonly code: 'SECRET_IN_LAYER' | 'SECRET_IN_CONFIG'
  readonly hint: string
  /** The step that made it, as the history of the image has it. */
  readonly step: string | undefined

  constructor(
    code: GuardError['code'],
    message: string,
    options: { readonly hint: string; readonly step?: string | undefined },
  ) {
    super(message)
    this.code = code
    this.hint = options.hint
    this.step = options.step
  }
}
