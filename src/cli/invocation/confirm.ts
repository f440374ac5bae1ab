import { TsbuildError } from '@tsbuild/errors'
import type { Invocation } from './invocation.ts'
import { prompt } from './prompt.ts'
import { UsageError } from './usage-error.ts'

/**
 * Asks on the terminal before data is removed. Rejects with `ABORTED` for every answer but yes;
 * with `UsageError` where there is no terminal, since a script must not wait for an answer.
 */
export async function confirm(invocation: Invocation, consequence: string, hint?: string): Promise<void> {
  if (invocation.stdin.isTTY !== true || invocation.stderr.isTTY !== true)
    throw new UsageError('cannot ask before data is removed: standard input is not a terminal', {
      hint: hint ?? 'add --force, or --dry-run to list what would be removed',
    })
  const [answer = ''] = await prompt(invocation, [{ label: `${consequence}\nContinue? [y/N] ` }])
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new TsbuildError('ABORTED', 'nothing was removed')
}
