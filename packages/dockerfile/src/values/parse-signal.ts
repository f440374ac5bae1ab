import { DockerfileError } from '../text/errors.ts'
import { didYouMean } from '../text/suggest.ts'

/** Linux numbers; where two names share one, both are here. */
const numbers: Readonly<Record<string, number>> = {
  ABRT: 6,
  ALRM: 14,
  BUS: 7,
  CHLD: 17,
  CLD: 17,
  CONT: 18,
  FPE: 8,
  HUP: 1,
  ILL: 4,
  INT: 2,
  IO: 29,
  IOT: 6,
  KILL: 9,
  PIPE: 13,
  POLL: 29,
  PROF: 27,
  PWR: 30,
  QUIT: 3,
  SEGV: 11,
  STKFLT: 16,
  STOP: 19,
  SYS: 31,
  TERM: 15,
  TRAP: 5,
  TSTP: 20,
  TTIN: 21,
  TTOU: 22,
  URG: 23,
  USR1: 10,
  USR2: 12,
  VTALRM: 26,
  WINCH: 28,
  XCPU: 24,
  XFSZ: 25,
}
const realTimeFirst = 34
const realTimeLast = 64

/**
 * The number of a STOPSIGNAL (expanded): any number but 0, or a name in any case, with or without
 * `SIG`, such as `RTMIN+3`. Throws SIGNAL_INVALID.
 */
export function parseSignal(signal: string): number {
  if (/^[+-]?\d+$/.test(signal) && Number(signal) !== 0) return Number(signal)
  const name = signal.toUpperCase().replace(/^SIG/, '')
  const number = Object.hasOwn(numbers, name) ? numbers[name] : realTime(name)
  if (number !== undefined) return number
  throw new DockerfileError(
    'SIGNAL_INVALID',
    `invalid signal: ${signal}`,
    didYouMean(name, Object.keys(numbers), (option) => `SIG${option}`),
  )
}

/** `RTMIN` to `RTMIN+15` and `RTMAX-14` to `RTMAX`. */
function realTime(name: string): number | undefined {
  const up = /^RTMIN(?:\+([1-9]\d?))?$/.exec(name)
  if (up !== null && Number(up[1] ?? 0) <= 15) return realTimeFirst + Number(up[1] ?? 0)
  const down = /^RTMAX(?:-([1-9]\d?))?$/.exec(name)
  return down !== null && Number(down[1] ?? 0) <= 14 ? realTimeLast - Number(down[1] ?? 0) : undefined
}
