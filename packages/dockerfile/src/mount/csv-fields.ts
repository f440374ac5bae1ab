import { DockerfileError } from '../text/errors.ts'

/**
 * Fields of one CSV line: a field in double quotes may hold commas, and `""` for a quote. Throws
 * MOUNT_INVALID or DEVICE_INVALID with the words of Go's reader.
 */
export function csvFields(line: string, what: 'mounts' | 'devices' = 'mounts'): readonly string[] {
  try {
    return readFields(line)
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw new DockerfileError(
      what === 'mounts' ? 'MOUNT_INVALID' : 'DEVICE_INVALID',
      `failed to parse csv ${what}: ${error.message}`,
    )
  }
}

class CsvError extends Error {}

function readFields(line: string): readonly string[] {
  if (line === '') throw new CsvError('EOF')
  const fields: string[] = []
  let at = 0
  for (;;) {
    const { field, end } = line[at] === '"' ? quotedField(line, at) : plainField(line, at)
    fields.push(field)
    if (end >= line.length) return fields
    at = end + 1
  }
}

function plainField(line: string, start: number): { field: string; end: number } {
  const comma = line.indexOf(',', start)
  const end = comma === -1 ? line.length : comma
  const field = line.slice(start, end)
  const quote = field.indexOf('"')
  if (quote !== -1) throw new CsvError(`parse error on line 1, column ${start + quote + 1}: bare " in non-quoted field`)
  return { field, end }
}

function quotedField(line: string, start: number): { field: string; end: number } {
  const parts: string[] = []
  let at = start + 1
  for (;;) {
    const quote = line.indexOf('"', at)
    if (quote === -1) throw unbalanced(line.length)
    parts.push(line.slice(at, quote))
    at = quote + 1
    if (line[at] !== '"') break
    parts.push('"')
    at += 1
  }
  if (at < line.length && line[at] !== ',') throw unbalanced(at - 1)
  return { field: parts.join(''), end: at }
}

function unbalanced(index: number): CsvError {
  return new CsvError(`parse error on line 1, column ${index + 1}: extraneous or missing " in quoted-field`)
}
