import { relative } from 'node:path'

/** Numbers of tests by outcome. A file that could not be loaded counts as one failed test. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** A test that did not run; its title says why. */
export interface SkippedTest {
  /** Relative to the root. */
  readonly file: string
  readonly title: string
}

interface VitestReport {
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

/** Counts what vitest's JSON reporter wrote; throws `TypeError` when it is not such a report. */
export function countTests(
  report: unknown,
  root: string,
): { readonly counts: Counts; readonly skipped: readonly SkippedTest[] } {
  if (!isReport(report)) throw new TypeError('Cannot count the tests: vitest wrote no report')
  const tests = report.testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ status, fullName }) => ({ status, file: relative(root, name), title: fullName })),
  )
  const unloadable = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  )
  const passed = tests.filter(({ status }) => status === 'passed').length
  const failed = tests.filter(({ status }) => status === 'failed').length + unloadable.length
  const skipped = tests
    .filter(({ status }) => status !== 'passed' && status !== 'failed')
    .map(({ file, title }) => ({ file, title }))
  return { counts: { passed, failed, skipped: skipped.length }, skipped }
}

function isReport(value: unknown): value is VitestReport {
  return typeof value === 'object' && value !== null && 'testResults' in value && Array.isArray(value.testResults)
}
