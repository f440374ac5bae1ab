import type { StopsignalInstruction } from '@tsbuild/dockerfile'
import { configure } from '../config.ts'
import { LowerError } from '../lower-error.ts'
import { createExpander, type StepContext } from '../step-context.ts'
import { type StageState, withImage } from '../stage-state.ts'

// Linux names; RTMIN is 34 and RTMAX 64.
const signals: ReadonlySet<string> = new Set(
  (
    'ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV ' +
    'STKFLT STOP SYS TERM TRAP TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ'
  ).split(' '),
)

/** STOPSIGNAL: a number but 0, or a name with or without SIG, in any case; stored as written. */
export function lowerStopsignal(state: StageState, instruction: StopsignalInstruction, context: StepContext): StageState {
  const signal = createExpander(state, instruction, context).word(instruction.signal)
  if (!isSignal(signal)) throw new LowerError('SIGNAL_INVALID', `invalid signal: ${signal}`, { range: instruction.range })
  return withImage(state, configure(state.image, { StopSignal: signal }), `STOPSIGNAL ${signal}`)
}

function isSignal(text: string): boolean {
  if (/^[+-]?\d+$/.test(text)) return Number(text) !== 0
  const name = text.toUpperCase().replace(/^SIG/, '')
  const realtime = /^RT(MIN|MAX)(?:([+-])(\d{1,2}))?$/.exec(name)
  if (!realtime) return signals.has(name)
  const [, base, sign, offset = '0'] = realtime
  const rightWay = sign === undefined || sign === (base === 'MIN' ? '+' : '-')
  return rightWay && Number(offset) <= (base === 'MIN' ? 15 : 14)
}
