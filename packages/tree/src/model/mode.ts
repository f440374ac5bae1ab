import { TreeError } from './errors.ts'

/** Effect of `--chmod` on modes. */
export interface ModeChange {
  /**
   * The mode itself, when it was given in octal; directories made on the way to a destination get
   * its permissions too.
   */
  readonly octal?: number
  apply(mode: number, isDirectory: boolean): number
}

interface Clause {
  /**
   * Permission bits of the named classes; 0 if no class is named: all permission bits except
   * sticky.
   */
  readonly who: number
  readonly actions: readonly { readonly operator: string; readonly permissions: string }[]
}

/** Only `t` changes the sticky bit; it is in no class. */
const whoBits: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o0007, a: 0o6777 }
const permissionBits: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111, s: 0o6000, t: 0o1000 }
const copyShifts: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 }

/**
 * Reads a mode as `COPY --chmod` takes it: octal up to 07777, or clauses like those of chmod(1) of
 * the BSDs, with an umask of 0. Throws `TreeError` `CHMOD_INVALID`.
 */
export function parseChmod(text: string): ModeChange {
  if (/^[0-7]+$/.test(text) && Number.parseInt(text, 8) <= 0o7777) {
    const octal = Number.parseInt(text, 8)
    return { octal, apply: () => octal }
  }
  const clauses = text.split(',').map(parseClause)
  if (!clauses.every((clause) => clause !== undefined)) {
    throw new TreeError(
      'CHMOD_INVALID',
      `invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777`,
      {
        hint: 'symbolic modes such as "u=rwX,go=rX" work too',
      },
    )
  }
  return { apply: (mode, isDirectory) => applyClauses(clauses, mode, isDirectory) }
}

function parseClause(text: string): Clause | undefined {
  const [, who = '', actions = ''] = /^([ugoa]*)((?:[-+=][rwxXstugo]*)+)$/.exec(text) ?? []
  if (actions === '') return undefined
  const bits = who.split('').reduce((all, letter) => all | (whoBits[letter] ?? 0), 0)
  const parsed = [...actions.matchAll(/([-+=])([^-+=]*)/g)].map(([, operator = '', permissions = '']) => ({
    operator,
    permissions,
  }))
  return { who: bits, actions: parsed }
}

/** `X` asks what the mode was at first, the copying letters what it has become so far. */
function applyClauses(clauses: readonly Clause[], mode: number, isDirectory: boolean): number {
  const conditional = isDirectory || (mode & 0o111) !== 0 ? 0o111 : 0
  let changed = mode
  for (const { who, actions } of clauses) {
    for (const { operator, permissions } of actions) {
      for (const change of splitCopies(permissions)) {
        const shift = copyShifts[change]
        if (shift === undefined) changed = applyBits(changed, { who, operator, permissions: change, conditional })
        else changed = applyCopy(changed, { who: who || 0o777, operator, value: (changed >> shift) & 7 })
      }
    }
  }
  return changed
}

/** Runs of permission letters, and copying letters one by one; nothing at all is one empty run. */
function splitCopies(permissions: string): readonly string[] {
  return permissions === '' ? [''] : (permissions.match(/[ugo]|[^ugo]+/g) ?? [])
}

interface BitsChange {
  readonly who: number
  readonly operator: string
  readonly permissions: string
  /** Bits that `X` sets. */
  readonly conditional: number
}

function applyBits(mode: number, { who, operator, permissions, conditional }: BitsChange): number {
  const othersOnly = who !== 0 && (who & ~0o7) === 0
  let bits = 0
  for (const letter of permissions) {
    if (letter === 'X') bits |= operator === '-' ? 0o111 : conditional
    else if (!othersOnly || (letter !== 's' && letter !== 't')) bits |= permissionBits[letter] ?? 0
  }
  const reach = who | (bits & 0o1000) || 0o7777
  if (operator === '-') return mode & ~(bits & reach)
  const kept = operator === '=' ? mode & ~(who | (bits & 0o1000) || 0o6777) : mode
  return kept | (bits & reach)
}

/** Copies read, write and execute of one class to others; set-id bits are not touched. */
function applyCopy(
  mode: number,
  { who, operator, value }: { readonly who: number; readonly operator: string; readonly value: number },
): number {
  const classes = who & 0o777
  const bits = (value * 0o111) & classes
  if (operator === '-') return mode & ~bits
  return operator === '=' ? (mode & ~classes) | bits : mode | bits
}
