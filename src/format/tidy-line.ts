/** A line without blanks at its end; a carriage return before the line feed stays. */
export function tidyLine(line: string): string {
  const end = line.endsWith('\r') ? '\r' : ''
  return line.slice(0, line.length - end.length).replace(/[ \t]+$/, '') + end
}

/** The first line of an instruction: keyword in capitals at the margin, and one blank behind it. */
export function tidyStart(line: string): string {
  const spaced = line.replace(/^\s*([a-zA-Z]+)([ \t]+)?/, (_, keyword: string, blanks: string | undefined) =>
    blanks === undefined ? keyword.toUpperCase() : `${keyword.toUpperCase()} `,
  )
  return spaced.startsWith('FROM ') ? spaced.replace(/[ \t]+as[ \t]+(\S+\s*)$/i, ' AS $1') : spaced
}
