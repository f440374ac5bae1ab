import { relative } from 'node:path'

interface TimedReport {
  readonly testResults: readonly { readonly name: string; readonly startTime: number; readonly endTime: number }[]
}

/**
 * One line for each of the `count` test files that took longest, by vitest's JSON report: seconds
 * and path. Throws `TypeError` when it is not such a report.
 */
export function formatSlowest(report: unknown, root: string, count: number): string {
  if (!isTimed(report)) throw new TypeError('Cannot read the times of the tests: vitest wrote no report')
  return report.testResults
    .map(({ name, startTime, endTime }) => ({ file: relative(root, name), seconds: (endTime - startTime) / 1000 }))
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, count)
    .map(({ file, seconds }) => `${seconds.toFixed(0).padStart(5)} s  ${file}`)
    .join('\n')
}

function isTimed(value: unknown): value is TimedReport {
  return typeof value === 'object' && value !== null && 'testResults' in value && Array.isArray(value.testResults)
}
