import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { openLaboratory, type Outcome } from './laboratory.ts'
import { readCases } from './read-cases.ts'

/** An outcome as it is recorded: what a person reads, the exit code, what a program reads. */
export function recordOf({ exitCode, text, twin }: Outcome): string {
  return `${text}exit code ${exitCode}\n${twin === undefined ? '' : `${JSON.stringify(twin, undefined, 2)}\n`}`
}

/**
 * `node test/failures/run.ts [--record] [WORD…]`: shows the failures whose area or name has one of
 * the words, or records them.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: { record: { type: 'boolean' } }, allowPositionals: true })
  await using laboratory = await openLaboratory()
  const chosen = positionals.length > 0
  for (const item of readCases(chosen ? positionals : undefined)) {
    const record = recordOf(await laboratory.observe(item))
    const before = await readFile(item.record, 'utf8').catch(() => '')
    if (record !== before || chosen)
      console.log(`===== ${item.area}/${item.name}${record === before ? '' : ' CHANGED'}\n${record}`)
    if (values.record) await writeFile(item.record, record)
  }
}

if (import.meta.main) {
  await main()
  process.exit()
}
