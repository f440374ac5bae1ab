import { FixedFields } from './fixed-fields.ts'
import { invalid } from './parse-template.ts'

type TemplateFunction = (...values: readonly unknown[]) => unknown

/** Characters of padding that one call may add. */
const maximumPadding = 1000

/** The functions of Docker's templates, and the most usual ones of Go. */
export const templateFunctions: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['json', (value) => JSON.stringify(value ?? null)],
  ['join', (values, separator) => readList('join', values).map(printed).join(readText('join', separator))],
  ['lower', (text) => readText('lower', text).toLowerCase()],
  ['upper', (text) => readText('upper', text).toUpperCase()],
  ['title', (text) => readText('title', text).replaceAll(/\b[a-z]/g, (letter) => letter.toUpperCase())],
  ['split', (text, separator) => readText('split', text).split(readText('split', separator))],
  ['truncate', (text, length) => readText('truncate', text).slice(0, readCount('truncate', length))],
  [
    'pad',
    (text, before, after) =>
      `${' '.repeat(readCount('pad', before))}${readText('pad', text)}${' '.repeat(readCount('pad', after))}`,
  ],
  ['print', (...values) => values.map(printed).join(' ')],
  ['println', (...values) => `${values.map(printed).join(' ')}\n`],
  ['printf', (format, ...values) => formatted(readText('printf', format), values)],
  ['len', lengthOf],
  ['index', (value, ...keys) => keys.reduce(member, value)],
  ['eq', (first, ...others) => others.some((other) => other === first)],
  ['ne', (first, other) => first !== other],
  ['not', (value) => !isTrue(value)],
  ['and', (...values) => values.find((value) => !isTrue(value)) ?? values.at(-1)],
  ['or', (...values) => values.find(isTrue) ?? values.at(-1)],
])

/** True for all but false, 0, nil and what is empty, as in Go. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0
  return Boolean(value)
}

/** The member of an object or element of an array; undefined for a missing one. */
function member(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) return value[Number(key)]
  const name = String(key)
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return Object.entries(value).find(([each]) => each === name)?.[1]
}

/**
 * A field as templates for Docker write it: `.Manifest.Digest` of Go is `digest` in the document,
 * `.RootFS.DiffIDs` is `rootfs.diff_ids`. The exact name comes first.
 */
export function field(value: unknown, name: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.hasOwn(value, String(name)))
    return member(value, name)
  const plain = (text: string): string => text.replaceAll(/[_.]/g, '').toLowerCase()
  const wanted = plain(String(name))
  const key = Object.keys(value).find((each) => plain(each) === wanted)
  if (key === undefined && value instanceof FixedFields) throw unknownField(String(name), value)
  return member(value, key ?? name)
}

function unknownField(name: string, fields: FixedFields): Error {
  const names = Object.keys(fields).map((each) => `.${each}`)
  return invalid(`no field ".${name}"; expected one of ${names.join(', ')}`)
}

/** A value as Go prints it. */
export function printed(value: unknown): string {
  if (value === undefined) return '<no value>'
  if (value === null) return '<nil>'
  if (Array.isArray(value)) return `[${value.map(printed).join(' ')}]`
  if (typeof value === 'object') {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
    return `map[${members.map(([name, each]) => `${name}:${printed(each)}`).join(' ')}]`
  }
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (Array.isArray(value)) return value.length
  if (typeof value === 'object' && value !== null) return Object.keys(value).length
  throw invalid('len needs text, a list or a map')
}

function formatted(format: string, values: readonly unknown[]): string {
  let next = 0
  return format.replaceAll(/%(-?\d{0,3})([svdq%])/g, (_, width: string, verb: string) => {
    if (verb === '%') return '%'
    const value = values[next++]
    const text = verb === 'q' ? JSON.stringify(printed(value)) : printed(value)
    return width.startsWith('-') ? text.padEnd(Number(width.slice(1))) : text.padStart(Number(width))
  })
}

function readText(name: string, value: unknown): string {
  if (typeof value === 'string') return value
  throw invalid(`${name} needs text`)
}

function readList(name: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value
  if (value === undefined || value === null) return []
  throw invalid(`${name} needs a list`)
}

function readCount(name: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= maximumPadding) return value
  throw invalid(`${name} needs a number from 0 to ${maximumPadding}`)
}
