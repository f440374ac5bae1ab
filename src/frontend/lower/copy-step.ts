import type { AddInstruction, CopyInstruction, Range } from '@tsbuild/dockerfile'
import type { CopyOp } from '../../graph/op.ts'
import type { Vertex } from '../../graph/vertex.ts'
import { LowerError } from '../lower-error.ts'
import { emptyTree } from '../sources.ts'
import { type Expander, instructionText, stepName, type StepContext } from '../step-context.ts'
import { type StageState, withLayer } from '../stage-state.ts'
import { absoluteDestination } from '../working-directory.ts'

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

/** COPY and ADD once their sources are known: one layer, linked or not. */
export function copyStep(
  state: StageState,
  request: { readonly instruction: CopyInstruction | AddInstruction; readonly sources: readonly StepSource[]; readonly expand: Expander },
  context: StepContext,
): StageState {
  const { instruction, sources, expand } = request
  const destination = expand.word(instruction.destination)
  const owner = instruction.chown === undefined ? undefined : expand.word(instruction.chown)
  const mode = instruction.chmod === undefined ? undefined : expand.word(instruction.chmod)
  if (mode !== undefined) checkMode(mode, instruction.range)
  // With --chmod a linked copy is an ordinary one, as in BuildKit.
  const linked = instruction.link && mode === undefined
  const base = linked ? context.sources.share(emptyTree, 'scratch') : state.rootfs
  if (owner !== undefined && base.op.kind === 'inline') checkNumericOwner(owner, instruction.range)
  const files = [...new Set(sources.map((source) => source.files))]
  const extract = sources.some(({ unpack }) => unpack)
  const { epoch } = context.plan.options
  const op: CopyOp = {
    kind: 'copy',
    sources: sources.map((source) => ({
      input: files.indexOf(source.files) + 1,
      path: source.path,
      ...(source.literal && { literal: true }),
      ...(extract && !source.unpack && { packed: true }),
    })),
    destination: absoluteDestination(destination, state.image),
    ...(owner !== undefined && { owner }),
    ...(mode !== undefined && { mode }),
    exclude: instruction.exclude,
    parents: hasParents(instruction),
    extract: extract ? 'archives' : 'never',
    ...(epoch !== undefined && { epoch }),
  }
  const name = stepName(state, context, instructionText(instruction))
  const place = { stage: context.stage.id, range: instruction.range }
  const copied: Vertex = { op, inputs: [base, ...files], name, ...place }
  const rootfs: Vertex = linked ? { op: { kind: 'merge' }, inputs: [state.rootfs, copied], name: `${name} (merge)`, ...place } : copied
  const flags = [hasParents(instruction) && '--parents', owner !== undefined && `--chown=${owner}`, mode !== undefined && `--chmod=${mode}`]
  const words = [instruction.kind, ...flags.filter((flag) => flag !== false), ...sources.map(({ shown }) => shown), destination]
  return withLayer(state, rootfs, `${words.join(' ')} # buildkit`)
}

function hasParents(instruction: CopyInstruction | AddInstruction): boolean {
  return instruction.kind === 'COPY' && instruction.parents
}

/** Octal, or clauses as chmod(1) reads them. */
function checkMode(mode: string, range: Range): void {
  const clause = '[ugoa]*([-+=]([ugo]|[rwxXst]*))+'
  if (/^[0-7]{1,5}$/.test(mode) && Number.parseInt(mode, 8) <= 0o7777) return
  if (new RegExp(`^${clause}(,${clause})*$`).test(mode)) return
  throw new LowerError('CHMOD_INVALID', `invalid chmod parameter: '${mode}'. it should be octal string and between 0 and 07777`, { range })
}

/** Names need a passwd file, and an empty tree has none. */
function checkNumericOwner(owner: string, range: Range): void {
  if (/^(\d+|root)?(:(\d+|root)?)?$/.test(owner)) return
  throw new LowerError('OWNER_INVALID', 'invalid user index -1', {
    range,
    hint: `"${owner}" cannot be looked up where there is no /etc/passwd yet: use numbers`,
  })
}
