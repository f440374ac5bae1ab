import { didYouMean, type Suggestion } from '@tsbuild/dockerfile'
import { TsbuildError } from '@tsbuild/errors'

/** An option has a value that its type rules out. */
export class OptionError extends TsbuildError<'OPTION_INVALID'> {
  override readonly name = 'OptionError'
  /**
   * Place of the value in the options, such as `outputs[0].names`; empty for the options
   * themselves.
   */
  readonly path: string

  constructor(path: string, message: string, help: Suggestion = {}) {
    super('OPTION_INVALID', message, help)
    this.path = path
  }
}

/** Error for a value that is not `expected`. */
export function wrongValue(path: string, expected: string, shown: string): OptionError {
  return new OptionError(path, mustBe(path, expected, shown))
}

function mustBe(path: string, expected: string, shown: string): string {
  const subject = path === '' ? 'the options' : `option "${path}"`
  return `${subject} must be ${expected}, got ${shown}`
}

function unknownOption(path: string, suggestion: Suggestion): OptionError {
  return new OptionError(path, `unknown option "${path}"`, suggestion)
}

/**
 * Throws `OptionError` for a value of the wrong type. Only choices and ranges show the value, which
 * may be a secret elsewhere.
 */
export type Check = (value: unknown, path: string) => void

/** Checks for the members of an object type: tsc finds the one that is missing. */
export type Members<T> = { readonly [K in keyof Required<T>]: Check }

export const text: Check = (value, path) => {
  if (typeof value !== 'string') throw wrongValue(path, 'a string', describeKind(value))
}

export const flag: Check = (value, path) => {
  if (typeof value !== 'boolean') throw wrongValue(path, 'true or false', describeKind(value))
}

export const callable: Check = (value, path) => {
  if (typeof value !== 'function') throw wrongValue(path, 'a function', describeKind(value))
}

/** An integer between `least` and `most`. */
export function integer(least: number, most: number = Number.MAX_SAFE_INTEGER): Check {
  const range =
    most === Number.MAX_SAFE_INTEGER ? `an integer of at least ${least}` : `an integer from ${least} to ${most}`
  return (value, path) => {
    if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most) return
    throw wrongValue(path, range, typeof value === 'number' ? String(value) : describeKind(value))
  }
}

/** One of some words. */
export function choice(...words: readonly string[]): Check {
  return (value, path) => {
    if (typeof value === 'string' && words.includes(value)) return
    if (typeof value !== 'string') throw wrongValue(path, orList(words), describeKind(value))
    throw new OptionError(path, mustBe(path, orList(words), quoted(value)), didYouMean(value, words))
  }
}

/** Lets undefined pass. */
export function optional(check: Check): Check {
  return (value, path) => {
    if (value !== undefined) check(value, path)
  }
}

export function list(item: Check): Check {
  return (value, path) => {
    if (!Array.isArray(value)) throw wrongValue(path, 'an array', describeKind(value))
    value.forEach((one: unknown, index) => item(one, `${path}[${index}]`))
  }
}

/** An object with any keys. */
export function record(item: Check): Check {
  return (value, path) => {
    if (!isObject(value)) throw wrongValue(path, 'an object', describeKind(value))
    for (const [name, one] of Object.entries(value)) item(one, member(path, name))
  }
}

/** An object with these members and no others. */
export function shape<T>(members: Members<T>): Check {
  const checks = Object.entries<Check>(members)
  const known = knownMembers(checks.map(([name]) => name))
  return (value, path) => {
    for (const [name, check] of checks) check(Reflect.get(known(value, path), name), member(path, name))
  }
}

/** An object whose members have some of these names. */
export function someOf(names: readonly string[], item: Check): Check {
  const known = knownMembers(names)
  return (value, path) => record(item)(known(value, path), path)
}

/** Throws for a value that is not an object, and for members with other names. */
function knownMembers(names: readonly string[]): (value: unknown, path: string) => object {
  return (value, path) => {
    if (!isObject(value)) throw wrongValue(path, 'an object', describeKind(value))
    for (const [name, given] of Object.entries(value)) {
      if (given !== undefined && !names.includes(name)) throw unknownOption(member(path, name), didYouMean(name, names))
    }
    return value
  }
}

/** An object whose member `tag` says which of the shapes it has. */
export function tagged(tag: string, shapes: Readonly<Record<string, Check>>): Check {
  const tags = choice(...Object.keys(shapes))
  return (value, path) => {
    if (!isObject(value)) throw wrongValue(path, 'an object', describeKind(value))
    const chosen: unknown = Reflect.get(value, tag)
    tags(chosen, member(path, tag))
    shapes[String(chosen)]?.(value, path)
  }
}

/**
 * A value that passes the first check for which `applies` is true; `expected` names all of them.
 */
export function anyOf(
  expected: string,
  ...cases: readonly { readonly applies: (value: unknown) => boolean; readonly check: Check }[]
): Check {
  return (value, path) => {
    const found = cases.find(({ applies }) => applies(value))
    if (found === undefined) throw wrongValue(path, expected, describeKind(value))
    found.check(value, path)
  }
}

export function isText(value: unknown): value is string {
  return typeof value === 'string'
}

/** True for what can have members; arrays and functions are other types. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function quoted(value: string): string {
  return JSON.stringify(value.slice(0, 60))
}

function describeKind(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

function member(path: string, name: string): string {
  if (!/^[\w$-]+$/.test(name)) return `${path}[${JSON.stringify(name.slice(0, 60))}]`
  return path === '' ? name : `${path}.${name}`
}

function orList(words: readonly string[]): string {
  const all = words.map(quoted)
  return all.length < 2 ? all.join() : `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`
}
