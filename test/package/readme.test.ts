import { globSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runProgram } from '../support/run-program.ts'

const root = join(import.meta.dirname, '../..')
const pages = globSync(['README.md', 'docs/**/*.md'], { cwd: root })

test('programs for users of the package are correct TypeScript', async () => {
  // Inside the checkout, so that its packages are found.
  const directory = join(root, '.tmp/pages')
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  let count = 0
  for (const page of pages) {
    const programs = (await readFile(join(root, page), 'utf8')).matchAll(/^```ts\n(.*?)^```/gms)
    for (const [, program = ''] of programs)
      await writeFile(join(directory, `${page.replaceAll(/\W/g, '-')}-${(count += 1)}.ts`), `${program}\nexport {}\n`)
  }
  expect(count).toBeGreaterThan(0)
  const compilerOptions = {
    isolatedDeclarations: false,
    noUnusedLocals: false,
    paths: { tsbuild: ['../../src/index.ts'] },
  }
  await writeFile(
    join(directory, 'tsconfig.json'),
    JSON.stringify({ extends: '../../tsconfig.base.json', include: ['*.ts'], compilerOptions }),
  )
  const { stdout } = await runProgram('tsc', ['-p', directory], { cwd: root })
  // What is wrong elsewhere is not the matter of this test.
  expect(stdout.split('\n').filter((line) => line.startsWith('.tmp/'))).toEqual([])
})
