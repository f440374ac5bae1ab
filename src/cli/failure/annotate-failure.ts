import type { Failure } from '../../failure.ts'
import { annotate } from '../ci/annotate.ts'
import type { CiService } from '../ci/ci-service.ts'
import { detectService } from '../ci/detect-service.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { safeText } from '../render/safe-text.ts'

/** Shows a failure on the page of the CI service, beside the line at fault. */
export function annotateFailure(
  { message, hint, file, line, column }: Failure,
  invocation: Pick<Invocation, 'stderr' | 'env' | 'cwd'>,
): void {
  const service = knownService(invocation.env)
  if (service === undefined) return
  const lines = [message, ...(hint === undefined ? [] : [`hint: ${hint}`])].flatMap((text) => text.split('\n'))
  const remark = {
    level: 'error',
    message: lines.map((text) => service.disarm(safeText(text))).join('\n'),
    ...(file !== undefined && { file }),
    ...(line !== undefined && { line }),
    ...(column !== undefined && { column }),
  } as const
  const text = annotate(service, remark, invocation)
  if (text !== undefined) invocation.stderr.write(`${text}\n`)
}

/** A wrong TSBUILD_CI may be the very failure. */
function knownService(env: Invocation['env']): CiService | undefined {
  try {
    return detectService(env)
  } catch {
    return undefined
  }
}
