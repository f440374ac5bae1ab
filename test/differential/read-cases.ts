import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Case, CaseSettings } from './case.ts'

/** A row of `errors.json`, under the name of its case. */
interface ErrorRow extends Pick<CaseSettings, 'flags' | 'expectError' | 'olderBuildkit'> {
  /** Lines of the Dockerfile. */
  readonly dockerfile: readonly string[]
  /** Recorded answer of BuildKit. `expectError` is `true` by default: tsbuild says the same. */
  readonly error: string
}

/** Cases that fail and need no files of their own, by name. */
export type ErrorTable = Readonly<Record<string, ErrorRow>>

interface Area {
  readonly name: string
  readonly cases: readonly Case[]
}

const root = join(import.meta.dirname, 'cases')

/** All cases, or those that `words` name, by their own name or by their area; sorted. */
export async function readCases(words: readonly string[] = []): Promise<readonly Case[]> {
  const areas = await Promise.all((await readdir(root)).map(readArea))
  const all = areas.flatMap(({ cases }) => cases)
  const named = words.flatMap((word) => {
    const found = areas.find(({ name }) => name === word)?.cases ?? all.filter(({ name }) => name === word)
    if (found.length === 0) throw new Error(`No case and no area of cases is called "${word}"`)
    return found
  })
  return (words.length > 0 ? named : all).toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

async function readArea(name: string): Promise<Area> {
  const directory = join(root, name)
  const entries = await readdir(directory, { withFileTypes: true })
  const folders = await Promise.all(
    entries.filter((entry) => entry.isDirectory()).map((entry) => readFolder(directory, entry.name)),
  )
  return { name, cases: [...folders, ...(await readTable(join(directory, 'errors.json')))] }
}

async function readFolder(area: string, name: string): Promise<Case> {
  const directory = join(area, name)
  const settings: CaseSettings = JSON.parse(await readOr(join(directory, 'case.json'), '{}'))
  const dockerfile = await readOr(join(directory, 'Dockerfile'), '')
  return { flags: [], ...settings, name, dockerfile, directory, record: join(directory, 'expected.json') }
}

async function readTable(record: string): Promise<readonly Case[]> {
  const table: ErrorTable = JSON.parse(await readOr(record, '{}'))
  return Object.entries(table).map(([name, row]) => ({
    flags: [],
    expectError: true,
    ...row,
    name,
    dockerfile: `${row.dockerfile.join('\n')}\n`,
    record,
  }))
}

async function readOr(path: string, fallback: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => fallback)
}
