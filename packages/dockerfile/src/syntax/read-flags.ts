import { failure } from '../text/failure.ts'
import type { InstructionText } from './split-instructions.ts'
import { didYouMean } from '../text/suggest.ts'

/** `text` needs `=value`, `boolean` may stand alone, `list` may be repeated. */
export type FlagKind = 'text' | 'boolean' | 'list'

/** The flags of one instruction, by name. */
export interface Flags<Text extends string, Switch extends string, List extends string> {
  /** The value; undefined when the flag is not given or empty. */
  text(name: Text): string | undefined
  /** Undefined when the flag is not given. */
  boolean(name: Switch): boolean | undefined
  /** Values in order. */
  list(name: List): readonly string[]
}

/** Names an instruction accepts. */
export interface FlagNames<Text extends string, Switch extends string, List extends string> {
  readonly text?: readonly Text[]
  readonly boolean?: readonly Switch[]
  readonly list?: readonly List[]
}

/** Checks the flags of an instruction against the names it accepts and returns their values. */
export function readFlags<Text extends string = never, Switch extends string = never, List extends string = never>(
  text: InstructionText,
  names: FlagNames<Text, Switch, List>,
): Flags<Text, Switch, List> {
  const kinds = new Map<string, FlagKind>()
  for (const name of names.text ?? []) kinds.set(name, 'text')
  for (const name of names.boolean ?? []) kinds.set(name, 'boolean')
  for (const name of names.list ?? []) kinds.set(name, 'list')
  const values = new Map<string, string[]>()
  for (const word of text.flags) {
    const { name, value } = readFlag(text, word, kinds)
    const before = values.get(name)
    if (before === undefined) values.set(name, [value])
    else if (kinds.get(name) === 'list') before.push(value)
    else throw failure(text, 'DUPLICATE_FLAG', { message: `duplicate flag specified: --${name}`, word })
  }
  const first = (name: string): string | undefined => values.get(name)?.[0]
  return {
    text: (name) => first(name) || undefined,
    boolean: (name) => (first(name) === undefined ? undefined : first(name) === 'true'),
    list: (name) => values.get(name) ?? [],
  }
}

/** For instructions without flags: any flag is unknown. */
export function refuseFlags(text: InstructionText): void {
  readFlags(text, {})
}

function readFlag(
  text: InstructionText,
  word: string,
  kinds: ReadonlyMap<string, FlagKind>,
): { name: string; value: string } {
  const equals = word.indexOf('=')
  const flag = equals === -1 ? word : word.slice(0, equals)
  const value = equals === -1 ? undefined : word.slice(equals + 1)
  const name = flag.slice(2)
  const kind = kinds.get(name)
  if (kind === undefined) {
    throw failure(text, 'UNKNOWN_FLAG', {
      message: `unknown flag: ${flag}`,
      word: flag,
      ...didYouMean(name, kinds.keys(), (option) => `--${option}`),
    })
  }
  const missing = kind === 'boolean' ? value === '' : value === undefined
  if (missing) {
    throw failure(text, 'FLAG_VALUE_MISSING', {
      message: `missing a value on flag: ${flag}`,
      word: flag,
      hint: `write ${flag}=VALUE`,
    })
  }
  if (kind !== 'boolean') return { name, value: value ?? '' }
  const lower = (value ?? 'true').toLowerCase()
  if (lower !== 'true' && lower !== 'false') {
    throw failure(text, 'FLAG_VALUE_INVALID', {
      message: `expecting boolean value for flag ${flag}, not: ${value}`,
      word,
    })
  }
  return { name, value: lower }
}
