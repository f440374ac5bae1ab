import { expect, test } from 'vitest'
import { countTests } from './count-tests.ts'

const result = (status: string, fullName: string): { status: string; fullName: string } => ({ status, fullName })

test('counts passed, failed and skipped tests over all files', () => {
  const report = {
    testResults: [
      {
        name: '/r/a.test.ts',
        status: 'passed',
        assertionResults: [result('passed', 'one'), result('skipped', 'two (no root)')],
      },
      {
        name: '/r/src/b.test.ts',
        status: 'failed',
        assertionResults: [result('failed', 'three'), result('pending', 'four')],
      },
    ],
  }
  expect(countTests(report, '/r')).toEqual({
    counts: { passed: 1, failed: 1, skipped: 2 },
    skipped: [
      { file: 'a.test.ts', title: 'two (no root)' },
      { file: 'src/b.test.ts', title: 'four' },
    ],
  })
})

test('a file that cannot be loaded is a failed test', () => {
  const report = { testResults: [{ name: '/r/a.test.ts', status: 'failed', assertionResults: [] }] }
  expect(countTests(report, '/r').counts).toEqual({ passed: 0, failed: 1, skipped: 0 })
})

test('refuses what is no report', () => {
  expect(() => countTests({ success: true }, '/r')).toThrow('vitest wrote no report')
})
