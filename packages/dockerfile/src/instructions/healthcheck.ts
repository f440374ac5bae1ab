import { parseDuration } from '../values/parse-duration.ts'
import { atWord, failure } from '../text/failure.ts'
import { type Flags, readFlags } from '../syntax/read-flags.ts'
import { didYouMean } from '../text/suggest.ts'
import { quoteGo } from '../text/quote-go.ts'
import type { HealthcheckInstruction } from '../syntax/instruction.ts'
import type { InstructionText } from '../syntax/split-instructions.ts'
import { atLeastOne, instructionBase } from './base.ts'
import { parseCommand } from './command.ts'

type TextFlag = 'interval' | 'timeout' | 'start-period' | 'start-interval' | 'retries'

const millisecond = 1_000_000

/** `HEALTHCHECK NONE` or `HEALTHCHECK [flags] CMD command`. */
export function parseHealthcheck(text: InstructionText): HealthcheckInstruction {
  const word = /^\S*/.exec(text.rest)?.[0] ?? ''
  atLeastOne(text, word === '' ? [] : [word])
  const type = word.toUpperCase()
  const rest = text.rest.slice(word.length).trimStart()
  const command = parseCommand(rest)
  if (type === 'NONE') {
    if (rest !== '')
      throw failure(text, 'ARGUMENTS_INVALID', { message: 'HEALTHCHECK NONE takes no arguments', word: rest })
    return { kind: 'HEALTHCHECK', ...instructionBase(text) }
  }
  const flags = readFlags(text, { text: ['interval', 'timeout', 'start-period', 'start-interval', 'retries'] })
  if (type !== 'CMD') {
    const message = `Unknown type ${quoteGo(type)} in HEALTHCHECK (try CMD)`
    throw failure(text, 'ARGUMENTS_INVALID', { message, word, ...didYouMean(type, ['CMD', 'NONE']) })
  }
  if (command.form === 'exec' ? command.args.length === 0 : command.text === '') {
    throw failure(text, 'ARGUMENTS_INVALID', { message: 'Missing command after HEALTHCHECK CMD', word })
  }
  const check = {
    command,
    interval: interval(text, flags, 'interval'),
    timeout: interval(text, flags, 'timeout'),
    startPeriod: interval(text, flags, 'start-period'),
    startInterval: interval(text, flags, 'start-interval'),
    retries: retries(text, flags),
  }
  return { kind: 'HEALTHCHECK', ...instructionBase(text), check }
}

/** Nanoseconds; 0 if absent. Less than a millisecond is an error. */
function interval(text: InstructionText, flags: Flags<TextFlag, never, never>, name: TextFlag): number {
  const value = flags.text(name)
  if (value === undefined) return 0
  const duration = atWord(text, value, () => parseDuration(value))
  if (duration === 0 || duration >= millisecond) return duration
  const message = `Interval ${quoteGo(name)} cannot be less than 1ms`
  throw failure(text, 'DURATION_INVALID', { message, word: `--${name}=${value}` })
}

function retries(text: InstructionText, flags: Flags<TextFlag, never, never>): number {
  const value = flags.text('retries')
  if (value === undefined) return 0
  const problem = (message: string): Error =>
    failure(text, 'FLAG_VALUE_INVALID', { message, word: `--retries=${value}` })
  if (!/^[+-]?\d+$/.test(value)) throw problem(`strconv.ParseInt: parsing ${quoteGo(value)}: invalid syntax`)
  const count = Number(value)
  if (Math.abs(count) > 0x7fffffff) throw problem(`strconv.ParseInt: parsing ${quoteGo(value)}: value out of range`)
  if (count < 0) throw problem(`--retries cannot be negative (${count})`)
  return count
}
