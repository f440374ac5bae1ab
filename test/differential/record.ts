import { readFileSync, writeFileSync } from 'node:fs'
import type { Case } from './case.ts'
import type { Outcome } from './outcome.ts'
import type { ErrorTable } from './read-cases.ts'

/** Recorded outcome of BuildKit. */
export function readExpected({ name, directory, record }: Case): Outcome {
  const text = readFileSync(record, 'utf8')
  if (directory !== undefined) {
    const outcome: Outcome = JSON.parse(text)
    return outcome
  }
  const table: ErrorTable = JSON.parse(text)
  const error = table[name]?.error
  if (error === undefined) throw new Error(`${record} records no error of "${name}"`)
  return { error }
}

/** Records an outcome of BuildKit. Synchronous: rows of one table are recorded one by one. */
export function writeExpected({ name, directory, record }: Case, outcome: Outcome): void {
  if (directory !== undefined) {
    writeJson(record, outcome)
    return
  }
  if (!('error' in outcome)) throw new Error(`BuildKit builds "${name}": make it a folder`)
  const table: ErrorTable = JSON.parse(readFileSync(record, 'utf8'))
  writeJson(record, { ...table, [name]: { ...table[name], error: outcome.error } })
}

function writeJson(path: string, value: unknown): void {
  writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`)
}
