import { TreeError } from './errors.ts'

/** What `--chmod` does to modes. */
export interface ModeChange {
  /** The mode itself, when it was given in octal; directories made on the way to a destination get it too. */
  readonly octal?: number
  apply(mode: number, isDirectory: boolean): number
}

interface Clause {
  /** Bits the clause is about: of the user, the group, the others. */
  readonly who: number
  readonly actions: readonly { readonly operator: string; readonly permissions: string }[]
}

const whoBits: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007, a: 0o7777 }
const plainBits: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111, s: 0o6000, t: 0o1000 }
const copyShifts: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 }

/**
 * Reads a mode as `COPY --chmod` takes it: octal up to 07777, or clauses like those of chmod(1), with an umask of 0. Throws `TreeError`
 * `CHMOD_INVALID`.
 */
export function parseChmod(text: string): ModeChange {
  if (/^[0-7]+$/.test(text) && Number.parseInt(text, 8) <= 0o7777) {
    const octal = Number.parseInt(text, 8)
    return { octal, apply: () => octal }
  }
  const clauses = text.split(',').map(parseClause)
  if (!clauses.every((clause) => clause !== undefined)) {
    throw new TreeError('CHMOD_INVALID', `invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777`, {
      hint: 'Symbolic modes such as "u=rwX,go=rX" work too',
    })
  }
  return { apply: (mode, isDirectory) => clauses.reduce((changed, clause) => applyClause(changed, clause, isDirectory), mode) }
}

function parseClause(text: string): Clause | undefined {
  const [, who = '', actions = ''] = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/.exec(text) ?? []
  if (actions === '') return undefined
  const bits = (who || 'a').split('').reduce((all, letter) => all | (whoBits[letter] ?? 0), 0)
  const parsed = [...actions.matchAll(/([-+=])([^-+=]*)/g)].map(([, operator = '', permissions = '']) => ({ operator, permissions }))
  return { who: bits, actions: parsed }
}

function applyClause(mode: number, clause: Clause, isDirectory: boolean): number {
  let changed = mode
  for (const { operator, permissions } of clause.actions) {
    const bits = bitsOf(permissions, changed, isDirectory) & clause.who
    if (operator === '+') changed |= bits
    else if (operator === '-') changed &= ~bits
    else changed = (changed & ~clause.who) | bits
  }
  return changed
}

function bitsOf(permissions: string, mode: number, isDirectory: boolean): number {
  const shift = copyShifts[permissions]
  if (shift !== undefined) return ((mode >> shift) & 7) * 0o111
  let bits = 0
  for (const letter of permissions) {
    if (letter === 'X') bits |= isDirectory || (mode & 0o111) !== 0 ? 0o111 : 0
    else bits |= plainBits[letter] ?? 0
  }
  return bits
}
