import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readSourceFiles } from '../test/support/source-files.ts'
import { countFolders, formatFolders } from './count-folders.ts'
import { type Counts, type SkippedTest, countTests } from './count-tests.ts'
import { formatSlowest } from './slowest-files.ts'

const root = join(import.meta.dirname, '..')

/** The checks that look at the text only, in the order in which a failure explains the next one. */
const checks: readonly { readonly name: string; readonly command: readonly string[] }[] = [
  { name: 'format', command: ['biome', 'format', '.'] },
  { name: 'lint', command: ['oxlint'] },
  { name: 'types', command: ['tsc', '-p', '.'] },
  { name: 'unused', command: ['knip'] },
]

/**
 * Runs every check and the tests of the given vitest projects, all of them even when one fails;
 * ends with one line of counts. Answers whether all passed.
 */
export function runGate(projects: readonly string[]): boolean {
  const failed = checks.filter(({ name, command }) => !runCheck(name, command)).map(({ name }) => name)
  console.log(formatFolders(countFolders(readSourceFiles())))
  const tests = runTests(projects)
  if (tests.skipped.length > 0)
    console.log(`\nLeft out:\n${tests.skipped.map(({ file, title }) => `  ${file}: ${title}`).join('\n')}`)
  if (failed.length > 0) console.log(`\nFailed checks: ${failed.join(', ')}`)
  const counts: Counts = {
    passed: tests.counts.passed + checks.length - failed.length,
    failed: tests.counts.failed + failed.length,
    skipped: tests.counts.skipped,
  }
  console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
  return counts.failed === 0
}

function runCheck(name: string, [program = '', ...args]: readonly string[]): boolean {
  const start = performance.now()
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 })
  console.log(
    `${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${program}, ${((performance.now() - start) / 1000).toFixed(1)} s)`,
  )
  if (status !== 0) console.log(`${stdout}${stderr}`)
  return status === 0
}

function runTests(projects: readonly string[]): { readonly counts: Counts; readonly skipped: readonly SkippedTest[] } {
  const report = join(root, '.tmp', `vitest-${process.pid}.json`)
  mkdirSync(join(root, '.tmp'), { recursive: true })
  const { status } = spawnSync(
    'vitest',
    [
      'run',
      ...projects.map((name) => `--project=${name}`),
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
  )
  try {
    const results: unknown = JSON.parse(readFileSync(report, 'utf8'))
    console.log(`\nSlowest files:\n${formatSlowest(results, root, 20)}`)
    const result = countTests(results, root)
    // Vitest also fails for what is no test: an error after the last one, a file that cannot be
    // loaded.
    return status === 0 || result.counts.failed > 0 ? result : { ...result, counts: { ...result.counts, failed: 1 } }
  } finally {
    rmSync(report, { force: true })
  }
}
