/** Codes of instructions of classic BPF (seccomp(2)). */
export const load = 0x20
export const and = 0x54
export const jumpIfEqual = 0x15
export const jumpIfAtLeast = 0x35
export const jumpIfAnyBit = 0x45
export const answer = 0x06
const ALLOW = 0x7fff0000
const USER_NOTIF = 0x7fc00000
export const EPERM = 1
export const ENOSYS = 38

export function refuse(errno: number): number {
  return 0x00050000 | errno
}

/** `jt`, `jf`: instructions skipped when the test is passed, and when not. */
export function instruction(
  code: number,
  operand: number,
  { jt = 0, jf = 0 }: { readonly jt?: number; readonly jf?: number } = {},
): readonly number[] {
  return [code, 0, jt, jf, operand & 255, (operand >>> 8) & 255, (operand >>> 16) & 255, operand >>> 24]
}

export const allow: readonly number[] = instruction(answer, ALLOW)

/** Asks the supervisor that listens to the filter. */
export const notify: readonly number[] = instruction(answer, USER_NOTIF)

/** The number of the call, and the processor it is made for (AUDIT_ARCH_…). */
export const loadNumber: readonly number[] = instruction(load, 0)
export const loadArch: readonly number[] = instruction(load, 4)

/** `body` for a loaded value that is `operand`. */
export function onlyIf(operand: number, body: readonly number[]): readonly number[] {
  return [...instruction(jumpIfEqual, operand, { jf: body.length / 8 }), ...body]
}

export function refuseIf(test: number, operand: number): readonly number[] {
  return [...instruction(test, operand, { jf: 1 }), ...instruction(answer, refuse(EPERM))]
}

/** The low half of an argument: all of it, for an `int`. */
export function loadArgument(index: number): readonly number[] {
  return instruction(load, 16 + 8 * index)
}

/**
 * A test of the low half of an argument: one of some bits is set, or it is equal, or it is not, or
 * it is one of some values, by all of its bits or by those of a mask.
 */
export type ArgumentTest = { readonly argument: number } & (
  | { readonly bits: number }
  | { readonly equals: number }
  | { readonly differs: number }
  | { readonly mask?: number; readonly oneOf: readonly number[] }
)

/**
 * Asks the supervisor about calls that pass a test. `otherwise` decides about all others; default:
 * they are allowed.
 */
export function notifyIf(test: ArgumentTest, otherwise: readonly number[] = allow): readonly number[] {
  const passes = skipUnless(test)
  return [...loadArgument(test.argument), ...passes, ...notify, ...otherwise]
}

/** Addresses of code, in units of 4 GiB: both ends are included. */
export interface CodeRange {
  readonly least: number
  readonly most: number
}

/** Asks the supervisor about calls that are made by code in a range, and allows all others. */
export function notifyFrom({ least, most }: CodeRange): readonly number[] {
  return [
    ...instructionPointer,
    ...instruction(jumpIfAtLeast, least, { jf: 1 }),
    ...instruction(jumpIfAtLeast, most + 1, { jf: 1 }),
    ...allow,
    ...notify,
  ]
}

/** The high half of the address after the call. */
const instructionPointer = instruction(load, 12)

/** Skips an instruction when the test of the loaded argument is not passed. */
function skipUnless(test: ArgumentTest): readonly number[] {
  if ('bits' in test) return instruction(jumpIfAnyBit, test.bits, { jf: 1 })
  if ('equals' in test) return instruction(jumpIfEqual, test.equals, { jf: 1 })
  if ('differs' in test) return instruction(jumpIfEqual, test.differs, { jt: 1 })
  const { mask, oneOf } = test
  const tests = oneOf.flatMap((value, index) => {
    const others = oneOf.length - 1 - index
    return instruction(jumpIfEqual, value, others === 0 ? { jf: 1 } : { jt: others })
  })
  return mask === undefined ? tests : [...instruction(and, mask), ...tests]
}
