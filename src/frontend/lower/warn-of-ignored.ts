import { posix } from 'node:path'
import { type AddInstruction, copyIgnoredFile, type CopyInstruction } from '@tsbuild/dockerfile'
import type { StepContext } from '../state/step-context.ts'

/** Patterns that leave nothing of a context. */
const everything: ReadonlySet<string> = new Set(['*', '**', '**/*'])

/**
 * Warns about a source that is excluded from the main context. There is no warning where the ignore
 * file has exceptions: an excluded directory may contain included files. The context itself counts
 * as excluded only when all of it is. Paths from the root of the context are not checked, as in
 * BuildKit.
 */
export function warnOfIgnored(
  source: string,
  { kind, range }: CopyInstruction | AddInstruction,
  { plan, warn }: StepContext,
): void {
  const { ignore } = plan.options
  if (ignore === undefined || ignore.rules.some(({ negated }) => negated)) return
  const path = posix.normalize(source).replace(/(?<=.)\/$/, '')
  const isRoot = path === '.' || path === '/'
  const ignored = isRoot
    ? ignore.rules.some(({ pattern }) => everything.has(pattern))
    : !path.startsWith('/') && ignore.matches(path)
  if (ignored) warn(copyIgnoredFile(kind, path, range))
}
