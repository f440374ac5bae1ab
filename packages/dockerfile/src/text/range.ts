/** A place in the Dockerfile. Lines and columns count from 1; `column` counts UTF-16 units. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** From the first character to just behind the last. */
export interface Range {
  readonly start: Position
  readonly end: Position
}
