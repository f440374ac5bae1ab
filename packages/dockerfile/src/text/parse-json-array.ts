import { trimStart } from './blank.ts'
import { DockerfileError } from './errors.ts'

export const nulHint = 'remove it: no program, path or variable can hold one'

/**
 * The strings of a JSON array. Undefined when the text is not one whole valid array: then it is
 * shell form. Throws JSON_NOT_STRINGS for a valid array with anything but strings in it, NUL_BYTE
 * for a string with a NUL character.
 */
export function parseJsonArray(text: string): readonly string[] | undefined {
  const array = trimStart(text)
  if (!array.startsWith('[')) return undefined
  let values: unknown
  try {
    values = JSON.parse(array)
  } catch {
    return undefined
  }
  if (!Array.isArray(values)) return undefined
  return values.map((value: unknown) => {
    if (typeof value === 'string' && value.includes('\0'))
      throw new DockerfileError('NUL_BYTE', 'instruction contains a NUL byte', { word: '\\u0000', hint: nulHint })
    if (typeof value === 'string') return value.toWellFormed()
    // Lists may be deeper than the stack.
    const word = typeof value === 'object' ? '' : JSON.stringify(value)
    const message = 'when using JSON array syntax, arrays must be comprised of strings only'
    throw new DockerfileError('JSON_NOT_STRINGS', message, {
      word,
      hint: word === '' ? 'quote every element' : `quote it: "${word}"`,
    })
  })
}
