import type { Dockerfile, Instruction, Range } from '@tsbuild/dockerfile'

/** First and last line of something, from 1. */
export interface Lines {
  readonly first: number
  readonly last: number
}

/** Finds the lines of a range in an instruction: its heredocs belong to it. */
export type LinesOf = (range: Range) => Lines

/** A place as BuildKit writes it: a range for each line, columns left out. */
export interface Location {
  readonly ranges: readonly { readonly start: { readonly line: number }; readonly end: { readonly line: number } }[]
}

/** Knows where every instruction of a file ends. */
export function linesIn({ globalArgs, stages }: Dockerfile): LinesOf {
  const instructions = [
    ...globalArgs,
    ...stages.flatMap((stage): readonly Instruction[] => [stage.from, ...stage.instructions]),
  ]
  const ends = new Map(instructions.map((instruction) => [instruction.range.start.line, lastLine(instruction)]))
  return ({ start, end }) => ({ first: start.line, last: ends.get(start.line) ?? end.line })
}

/** The lines as a location in a JSON document. */
export function toLocation({ first, last }: Lines): Location {
  const lines = Array.from({ length: Math.max(1, last - first + 1) }, (_, index) => ({ line: first + index }))
  return { ranges: lines.map((place) => ({ start: place, end: place })) }
}

function lastLine(instruction: Instruction): number {
  return listHeredocs(instruction).reduce(
    (line, { content }) => line + content.split('\n').length,
    instruction.range.end.line,
  )
}

function listHeredocs(instruction: Instruction): readonly { readonly content: string }[] {
  switch (instruction.kind) {
    case 'RUN':
      return instruction.command.form === 'shell' ? instruction.command.heredocs : []
    case 'COPY':
    case 'ADD':
      return instruction.sources.flatMap((source) => (source.kind === 'heredoc' ? [source.heredoc] : []))
    default:
      return []
  }
}
