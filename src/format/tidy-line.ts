/** A line without blanks at its end; a carriage return before the line feed stays. */
export function tidyLine(line: string): string {
  const mark = line.endsWith('\r') ? '\r' : ''
  let end = line.length - mark.length
  // An expression for blanks at the end would take a time that grows with the square of all blanks.
  while (line[end - 1] === ' ' || line[end - 1] === '\t') end -= 1
  return line.slice(0, end) + mark
}

/** A FROM is short; what is longer stays as it is. */
const longestFrom = 1000

/** The first line of an instruction: keyword in capitals at the margin, and one blank behind it. */
export function tidyStart(line: string): string {
  const spaced = line.replace(/^\s*([a-zA-Z]+)([ \t]+)?/, (_, keyword: string, blanks: string | undefined) =>
    blanks === undefined ? keyword.toUpperCase() : `${keyword.toUpperCase()} `,
  )
  if (!spaced.startsWith('FROM ') || spaced.length > longestFrom) return spaced
  return spaced.replace(/[ \t]+as[ \t]+(\S+\s*)$/i, ' AS $1')
}
