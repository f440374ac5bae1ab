import {
  type AddInstruction,
  compilePatterns,
  type CopyInstruction,
  type CopySource,
  type Range,
  withRange,
} from '@tsbuild/dockerfile'
import { parseChmod, TreeError } from '@tsbuild/tree'
import type { CopyOp } from '../../graph/op.ts'
import type { Vertex } from '../../graph/vertex.ts'
import { LowerError } from '../plan/lower-error.ts'
import { emptyTree } from '../sources/sources.ts'
import { type Expander, instructionText, stepName, type StepContext } from '../state/step-context.ts'
import { type StageState, withLayer } from '../state/stage-state.ts'
import { absoluteDestination } from '../state/working-directory.ts'

/** One source of COPY or ADD, found. */
export interface StepSource {
  /** As history shows it. */
  readonly shown: string
  readonly files: Vertex
  /** In `files`. */
  readonly path: string
  /** `path` is a name, never a pattern. */
  readonly literal?: boolean
  /** An archive is unpacked. */
  readonly unpack?: boolean
}

/** COPY or ADD with everything expanded. */
interface CopyRequest {
  readonly instruction: CopyInstruction | AddInstruction
  readonly sources: readonly StepSource[]
  readonly destination: string
  readonly owner?: string
  readonly mode?: string
  readonly parents: boolean
}

/** COPY and ADD once their sources are known: one layer, linked or not. */
export function copyStep(
  state: StageState,
  { instruction, sources, expand }: Pick<CopyRequest, 'instruction' | 'sources'> & { readonly expand: Expander },
  context: StepContext,
): StageState {
  const { range } = instruction
  // A flag that is empty once its variables are in says nothing.
  const owner = expand.word(instruction.chown ?? '')
  const mode = expand.word(instruction.chmod ?? '')
  const request: CopyRequest = {
    instruction,
    sources,
    destination: expand.word(instruction.destination),
    ...(owner !== '' && { owner }),
    ...(mode !== '' && { mode }),
    parents: instruction.kind === 'COPY' && instruction.parents,
  }
  if (request.mode !== undefined) checkMode(request.mode, range)
  // The executor compiles them again; here an error still has a place.
  withRange(range, () => compilePatterns(instruction.exclude))
  // With --chmod a linked copy is an ordinary one, as in BuildKit.
  const linked = instruction.link && mode === ''
  const base = linked ? context.sources.share(emptyTree, 'scratch') : state.rootfs
  if (request.owner !== undefined && base.op.kind === 'inline') checkNumericOwner(request.owner, range)
  const files = [...new Set(sources.map((source) => source.files))]
  const op = copyOp(request, files, {
    destination: absoluteDestination(request.destination, state.image),
    epoch: context.plan.options.fileEpoch,
  })
  const name = stepName(state, context, instructionText(instruction))
  const written = { sources: instruction.sources.map(writtenSource), destination: instruction.destination }
  const place = { stage: context.stage.id, range, written }
  const copied: Vertex = { op, inputs: [base, ...files], name, ...place }
  const merged: Vertex = { op: { kind: 'merge' }, inputs: [state.rootfs, copied], name: `${name} (merge)`, ...place }
  return withLayer(state, linked ? merged : copied, historyText(request))
}

function writtenSource(source: CopySource): string {
  return source.kind === 'path' ? source.text : `<<${source.heredoc.name}`
}

function copyOp(
  { instruction, sources, owner, mode, parents }: CopyRequest,
  files: readonly Vertex[],
  { destination, epoch }: { readonly destination: string; readonly epoch: number | undefined },
): CopyOp {
  const extract = sources.some(({ unpack }) => unpack)
  return {
    kind: 'copy',
    sources: sources.map((source) => ({
      input: files.indexOf(source.files) + 1,
      path: source.path,
      ...(source.literal && { literal: true }),
      ...(extract && !source.unpack && { packed: true }),
    })),
    destination,
    ...(owner !== undefined && { owner }),
    ...(mode !== undefined && { mode }),
    exclude: instruction.exclude,
    parents,
    extract: extract ? 'archives' : 'never',
    ...(epoch !== undefined && { epoch }),
  }
}

/** The history leaves out sources and flags of a copy, but names the owner. */
function historyText({ instruction, sources, destination, owner, mode, parents }: CopyRequest): string {
  const words: string[] = [instruction.kind]
  if (parents) words.push('--parents')
  if (owner !== undefined) words.push(`--chown=${owner}`)
  if (mode !== undefined) words.push(`--chmod=${mode}`)
  return [...words, ...sources.map(({ shown }) => shown), destination, '# buildkit'].join(' ')
}

/** The executor reads the mode; here an error still has a place. */
function checkMode(mode: string, range: Range): void {
  try {
    parseChmod(mode)
  } catch (error) {
    if (!(error instanceof TreeError)) throw error
    const hint = error.hint ?? 'write it like 755, 0644 or u=rwX,go=rX'
    throw new LowerError('CHMOD_INVALID', error.message, { range, word: mode, cause: error, hint })
  }
}

/** Names need a passwd file, and an empty tree has none. */
function checkNumericOwner(owner: string, range: Range): void {
  if (/^(\d+|root)?(:(\d+|root)?)?$/.test(owner)) return
  throw new LowerError('OWNER_INVALID', 'invalid user index: -1', {
    range,
    word: owner,
    hint: `"${owner}" needs an /etc/passwd in the stage: use numbers`,
  })
}
