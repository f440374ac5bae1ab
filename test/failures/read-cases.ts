import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CaseSettings, FailureCase } from './case.ts'

const root = join(import.meta.dirname, 'cases')

/** Cases whose area and name, `area/name`, contain one of the words, or all of them. */
export function readCases(words: readonly string[] = ['']): readonly FailureCase[] {
  return readdirSync(root)
    .flatMap((area) => readdirSync(join(root, area)).map((name) => readCase(area, name)))
    .filter(({ area, name }) => words.some((word) => `${area}/${name}`.includes(word)))
}

function readCase(area: string, name: string): FailureCase {
  const read = (file: string): string | undefined => {
    const path = join(root, area, name, file)
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined
  }
  const settings: CaseSettings = JSON.parse(read('case.json') ?? '{}')
  const dockerfile = read('Dockerfile')
  const record = join(root, area, name, 'expected.txt')
  return { ...settings, area, name, record, ...(dockerfile !== undefined && { dockerfile }) }
}
