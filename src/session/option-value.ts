/** An option has a value that its type rules out. */
export class OptionError extends Error {
  override readonly name = 'OptionError'
  readonly code = 'OPTION_INVALID'
  /**
   * Place of the value in the options, such as `outputs[0].names`; empty for the options
   * themselves.
   */
  readonly path: string

  constructor(path: string, expected: string, shown: string) {
    super(`${path === '' ? 'the options' : `option "${path}"`} must be ${expected}, got ${shown}`)
    this.path = path
  }
}

/**
 * Throws `OptionError` for a value of the wrong type. Only choices and ranges show the value, which
 * may be a secret elsewhere.
 */
export type Check = (value: unknown, path: string) => void

/** Checks for the members of an object type: tsc finds the one that is missing. */
export type Members<T> = { readonly [K in keyof Required<T>]: Check }

export const text: Check = (value, path) => {
  if (typeof value !== 'string') throw new OptionError(path, 'a string', kindOf(value))
}

export const flag: Check = (value, path) => {
  if (typeof value !== 'boolean') throw new OptionError(path, 'true or false', kindOf(value))
}

export const callable: Check = (value, path) => {
  if (typeof value !== 'function') throw new OptionError(path, 'a function', kindOf(value))
}

/** An integer between `least` and `most`. */
export function integer(least: number, most: number = Number.MAX_SAFE_INTEGER): Check {
  const range =
    most === Number.MAX_SAFE_INTEGER ? `an integer of at least ${least}` : `an integer from ${least} to ${most}`
  return (value, path) => {
    if (Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most) return
    throw new OptionError(path, range, typeof value === 'number' ? String(value) : kindOf(value))
  }
}

/** One of some words. */
export function choice(...words: readonly string[]): Check {
  return (value, path) => {
    if (typeof value === 'string' && words.includes(value)) return
    throw new OptionError(
      path,
      orList(words),
      typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : kindOf(value),
    )
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
    if (!Array.isArray(value)) throw new OptionError(path, 'an array', kindOf(value))
    value.forEach((one: unknown, index) => item(one, `${path}[${index}]`))
  }
}

/** An object with any keys. */
export function record(item: Check): Check {
  return (value, path) => {
    if (!isObject(value)) throw new OptionError(path, 'an object', kindOf(value))
    for (const [name, one] of Object.entries(value)) item(one, member(path, name))
  }
}

/** An object with these members; others pass. */
export function shape<T>(members: Members<T>): Check {
  const checks = Object.entries<Check>(members)
  return (value, path) => {
    if (!isObject(value)) throw new OptionError(path, 'an object', kindOf(value))
    for (const [name, check] of checks) check(Reflect.get(value, name), member(path, name))
  }
}

/** An object whose member `tag` says which of the shapes it has. */
export function tagged(tag: string, shapes: Readonly<Record<string, Check>>): Check {
  const tags = choice(...Object.keys(shapes))
  return (value, path) => {
    if (!isObject(value)) throw new OptionError(path, 'an object', kindOf(value))
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
    if (found === undefined) throw new OptionError(path, expected, kindOf(value))
    found.check(value, path)
  }
}

/** True for what can have members; arrays and functions are other types. */
export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function kindOf(value: unknown): string {
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
  const quoted = words.map((word) => JSON.stringify(word))
  return quoted.length < 2 ? quoted.join() : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`
}
