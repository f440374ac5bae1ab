import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { areas } from './areas.ts'
import { openLaboratory, type Outcome } from './laboratory.ts'

/** Recorded outcomes, a folder for each area. */
export const expectedDirectory: string = join(import.meta.dirname, 'expected')

/** File with the recorded outcome of a case. */
export function expectedPath(area: string, name: string): string {
  return join(expectedDirectory, area, `${name}.txt`)
}

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
  for (const [area, items] of Object.entries(areas)) {
    for (const item of items) {
      const path = expectedPath(area, item.name)
      if (positionals.length > 0 && !positionals.some((word) => `${area}/${item.name}`.includes(word))) continue
      const record = recordOf(await laboratory.observe(item))
      const before = await readFile(path, 'utf8').catch(() => '')
      if (record !== before || positionals.length > 0)
        console.log(`===== ${area}/${item.name}${record === before ? '' : ' CHANGED'}\n${record}`)
      if (!values.record) continue
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, record)
    }
  }
}

if (import.meta.main) {
  await main()
  process.exit()
}
