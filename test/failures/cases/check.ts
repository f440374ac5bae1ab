import type { FailureCase } from '../case.ts'

const check = (name: string, dockerfile: string, ...args: readonly string[]): FailureCase => ({
  name,
  dockerfile,
  args: ['build', '--check', ...args, '.'],
})

/** What `--check` finds, and what keeps it from looking. */
export const checkFailures: readonly FailureCase[] = [
  check('warnings', 'from busybox\nCOPY --from=Builder /a /b\nCMD echo hi\n'),
  check('error', 'FROM busybox\nCPOY a b\n'),
  check('error-in-a-flag', 'FROM busybox\nCOPY --chwon=1 a b\n'),
  check('target', 'FROM busybox AS app\n', '--target', 'ap'),
  check('as-errors', '# check=error=true\nFROM busybox\nCMD echo hi\n'),
  { name: 'build-with-errors', dockerfile: '# check=error=true\nFROM busybox\nCMD echo hi\nmaintainer me\n' },
]
