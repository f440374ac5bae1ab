/** A place in a text. Lines and columns count from 1; `column` counts UTF-16 units. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** From the first character to just behind the last. */
export interface Range {
  readonly start: Position
  readonly end: Position
}

/** The file that a range points into. */
export interface SourceText {
  /** The caller's name for it. */
  readonly name: string
  readonly text: string
}
