import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { flagRemarks } from './migration/flag-remarks.ts'
import { type PeerProgram, peerPrograms } from './migration/peer-programs.ts'
import { treatmentOf } from './migration/treatment.ts'
import { indifferent } from '../src/cli/flags/peers/indifferent.ts'
import { longName } from '../src/cli/flags/peers/peer-table.ts'
import { refused } from '../src/cli/flags/peers/refused.ts'

const directory = join(import.meta.dirname, '../docs/migrate')

/** Begin of what this script writes; it goes on to the end of the page. */
const mark = '<!-- Written by node scripts/migration-pages.ts from here on. -->'

/** Pages of docs/migrate by their path, with current tables of flags. */
export function formatMigrationPages(): ReadonlyMap<string, string> {
  const names = [...new Set(peerPrograms.map(({ page }) => page))]
  return new Map(
    names.map((name) => {
      const path = join(directory, `${name}.md`)
      const [text = ''] = readFileSync(path, 'utf8').split(mark)
      const programs = peerPrograms.filter(({ page }) => page === name)
      return [path, `${text}${mark}\n\n${programs.map(formatProgram).join('\n')}`]
    }),
  )
}

function formatProgram({ command, versions, flags }: PeerProgram): string {
  const negated = [...Object.keys(indifferent), ...Object.keys(refused)].map(longName).filter((name) => {
    return name.endsWith('=false') && flags.includes(name.replace('=false', ''))
  })
  const rows = [...flags, ...negated].toSorted().map((flag) => `| \`${flag}\` | ${describe(flag)} |`)
  return `## Flags of ${command}

Every flag in the help of ${versions}. A test calls tsbuild with each of them.

| flag | with tsbuild |
|---|---|
${rows.join('\n')}
`
}

function describe(flag: string): string {
  const treatment = treatmentOf(flag)
  if (treatment.kind === 'indifferent') return `accepted with a note: ${cell(treatment.why)}`
  if (treatment.kind === 'refused') return `refused: ${cell(treatment.hint)}`
  return flagRemarks[flag] ?? 'the same'
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
}

if (import.meta.main) for (const [path, text] of formatMigrationPages()) writeFileSync(path, text)
