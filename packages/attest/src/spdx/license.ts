import { createHash } from 'node:crypto'
import parseExpression from 'spdx-expression-parse'

/**
 * A licence expression (SPDX 2.3, annex D) with the texts of the references in it that are on no
 * list.
 */
export interface DeclaredLicense {
  readonly expression: string
  /** By `LicenseRef-…`. */
  readonly references: ReadonlyMap<string, string>
}

type Expression = ReturnType<typeof parseExpression>

const longest = 200
const mostTerms = 100

/**
 * Licence expression of the terms found with a package. A valid expression is kept; any other term
 * becomes a reference with the term as its text. Undefined where a term is prose instead of a name,
 * where none is left, or where there are implausibly many.
 */
export function declareLicense(terms: readonly string[], joined: 'AND' | 'OR'): DeclaredLicense | undefined {
  if (terms.length > mostTerms) return undefined
  const distinct = new Set(terms.map((term) => term.toWellFormed().replace(/\s+/g, ' ').trim()))
  const declared = [...distinct].map(declareTerm)
  const [first] = declared
  if (declared.length === 1) return first
  const whole = declared.filter((one) => one !== undefined)
  if (whole.length === 0 || whole.length < declared.length) return undefined
  const all = tryParse(whole.map(({ expression }) => `(${expression})`).join(` ${joined} `))
  return all && { expression: format(all), references: new Map(whole.flatMap(({ references }) => [...references])) }
}

function declareTerm(term: string): DeclaredLicense | undefined {
  if (term === '' || term.length > longest || /^(unknown|none|noassertion|see license in .*)$/i.test(term))
    return undefined
  return declareWords(term) ?? declareReference(term)
}

/**
 * The term as an expression in which unknown words are references; undefined where it is not an
 * expression.
 */
function declareWords(term: string): DeclaredLicense | undefined {
  // References of others mean nothing here: their texts are elsewhere.
  if (/LicenseRef-|DocumentRef-/.test(term)) return undefined
  const references = new Map<string, string>()
  const words = term.replace(/[^\s()]+/g, (word) => {
    if (/^(and|or|with)$/i.test(word) || tryParse(word) !== undefined || isException(word)) return word
    const reference = licenseReference(word)
    references.set(reference, word)
    return reference
  })
  const parsed = tryParse(words)
  return parsed && { expression: format(parsed), references }
}

function declareReference(term: string): DeclaredLicense {
  const reference = licenseReference(term)
  return { expression: reference, references: new Map([[reference, term]]) }
}

function isException(word: string): boolean {
  return tryParse(`MIT WITH ${word}`) !== undefined
}

function tryParse(term: string): Expression | undefined {
  try {
    return parseExpression(term)
  } catch {
    return undefined
  }
}

function format(expression: Expression, outer?: 'and' | 'or'): string {
  if ('license' in expression) {
    const { license, plus, exception } = expression
    return `${license}${plus ? '+' : ''}${exception === undefined ? '' : ` WITH ${exception}`}`
  }
  const { left, conjunction, right } = expression
  const text = `${format(left, conjunction)} ${conjunction.toUpperCase()} ${format(right, conjunction)}`
  return outer === undefined || outer === conjunction ? text : `(${text})`
}

/**
 * The term where it is a word of an identifier; else what is left of it and a hash, so that
 * different terms never meet.
 */
function licenseReference(term: string): string {
  if (/^[A-Za-z0-9.-]{1,64}$/.test(term) && !/-[0-9a-f]{8}$/.test(term)) return `LicenseRef-${term}`
  const hash = createHash('sha256').update(term).digest('hex').slice(0, 8)
  return `LicenseRef-${[
    term
      .replace(/[^A-Za-z0-9.]+/g, '-')
      .slice(0, 40)
      .replace(/^-+|-+$/g, ''),
    hash,
  ]
    .filter((part) => part !== '')
    .join('-')}`
}
