import { didYouMean } from '@tsbuild/dockerfile'
import { TreeError } from '@tsbuild/tree'
import type { Vertex } from '../graph/vertex.ts'
import { ArchiveError } from '../op/archives/archive-error.ts'
import { RunError } from '../op/run/run-error.ts'
import type { BuildOptions } from '../options.ts'
import { StepError, type StepHelp } from '../solve/step-error.ts'
import { explainMissing, type KnownContexts } from './explain-missing.ts'

/** Inputs of the build that may explain why a step failed. */
interface Given {
  readonly contexts: KnownContexts
  readonly options: Pick<BuildOptions, 'secrets' | 'ssh'>
}

/**
 * The same error; for that of a step, one that knows the word of the Dockerfile that is at fault,
 * and what may have been meant.
 */
export function explainStep(error: unknown, { contexts, options }: Given): unknown {
  if (!(error instanceof StepError)) return error
  const { vertex, cause } = error
  if (cause instanceof TreeError && cause.code === 'SOURCE_NOT_FOUND') return explainMissing(vertex, cause, contexts)
  const help = helpFor(error, options)
  return help === undefined ? error : new StepError(vertex, cause, help)
}

function helpFor({ vertex, cause, code }: StepError, options: Given['options']): StepHelp | undefined {
  const { op, written = {} } = vertex
  const [address] = written.sources ?? []
  if (op.kind === 'http' || op.kind === 'git') return pickWord(address)
  if (op.kind === 'copy' && cause instanceof ArchiveError)
    return pickWord(written.sources?.[op.sources.indexOf(cause.of)])
  if (cause instanceof TreeError && cause.code === 'COPY_CONFLICT') return pickWord(written.destination)
  if (op.kind !== 'run') return undefined
  if (code === 'USER_NOT_FOUND') return userHelp(op.user, vertex)
  if (!(cause instanceof RunError) || cause.mount === undefined) return undefined
  return { ...pickWord(written.mounts?.[op.mounts.indexOf(cause.mount)]), ...notGiven(cause, options) }
}

function pickWord(word: string | undefined): StepHelp {
  return word === undefined ? {} : { word }
}

function userHelp(user: string, { written }: Vertex): StepHelp {
  const place = written?.user === undefined ? {} : { word: user, range: written.user }
  return { ...place, hint: 'create it in the image before this step, or use a number' }
}

/** The secret or agent that was given under another name. */
function notGiven({ mount, hint }: RunError, { secrets = {}, ssh = {} }: Given['options']): StepHelp {
  if (mount?.type !== 'secret' && mount?.type !== 'ssh') return {}
  const source = mount.type === 'secret' && Object.hasOwn(secrets, mount.id) ? secrets[mount.id] : undefined
  if (source !== undefined && 'env' in source) return { hint: `set the environment variable ${source.env}, its source` }
  const { suggestion } = didYouMean(mount.id, Object.keys(mount.type === 'secret' ? secrets : ssh))
  if (suggestion === undefined) return {}
  return { hint: `"${suggestion}" was given: use id=${suggestion}, or ${hint ?? ''}`, suggestion }
}
