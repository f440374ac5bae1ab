import { posix } from 'node:path'
import { type AddInstruction, copyIgnoredFile, type CopyInstruction } from '@tsbuild/dockerfile'
import type { StepContext } from '../state/step-context.ts'

/** Patterns that leave nothing of a context. */
const everything: ReadonlySet<string> = new Set(['*', '**', '**/*'])

/**
 * Tells when a source is excluded from the main context. Nothing is told where the ignore file has exceptions: what is excluded may hold
 * what is not. The context itself counts as excluded only when all of it is; paths from the root of the context are not judged, as in BuildKit.
 */
export function warnOfIgnored(source: string, { kind, range }: CopyInstruction | AddInstruction, { plan, warn }: StepContext): void {
  const { ignore } = plan.options
  if (ignore === undefined || ignore.rules.some(({ negated }) => negated)) return
  const path = posix.normalize(source).replace(/(?<=.)\/$/, '')
  const isRoot = path === '.' || path === '/'
  const ignored = isRoot ? ignore.rules.some(({ pattern }) => everything.has(pattern)) : !path.startsWith('/') && ignore.matches(path)
  if (ignored) warn(copyIgnoredFile(kind, path, range))
}
