import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { runProgram } from '../support/run-program.ts'
import { test } from '../support/test.ts'

const page = await readFile(join(import.meta.dirname, '../../docs/library.md'), 'utf8')
const programs = [...page.matchAll(/^## (.*?)\n(?:(?!^## ).*\n)*?^```ts\n([^]*?)^```/gm)].flatMap(
  ([, title = '', program = '']) => (program.includes('registry.example') ? [] : [{ title, program }]),
)

test('programs of the page are found', () => {
  expect(programs.length).toBeGreaterThan(5)
})

for (const { title, program } of programs) {
  test(`docs/library.md, ${title}: the program runs`, async ({ directory }) => {
    await writeFile(join(directory, 'program.ts'), program)
    const hooks = join(import.meta.dirname, '../support/unbuilt-library.ts')
    const options = { cwd: directory, env: { TSBUILD_ROOT: join(directory, 'store') } }
    const { code, stderr } = await runProgram('node', ['--import', hooks, 'program.ts'], options)
    expect([code, stderr]).toEqual([0, ''])
  })
}
