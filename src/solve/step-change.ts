import type { Digest } from '@tsbuild/oci'
import type { Vertex } from '../graph/vertex.ts'
import type { FilesRead } from './executor.ts'
import type { StepFacts } from './step-memory.ts'

/** A difference between two runs. */
export type Difference = 'added' | 'removed' | 'changed'

/** A file that differs. `metadata` means that only its mode, owner or attributes do. */
export interface FileChange {
  readonly path: string
  readonly how: Difference | 'metadata'
}

/**
 * Difference between two runs of one step. `none` means that only its result is missing, `unknown`
 * that this is the first run.
 */
export type StepChange =
  | {
      readonly kind: 'own'
      /** Part of the op, where it is known which one differs. */
      readonly fact?: { readonly name: string; readonly how: Difference }
    }
  | {
      readonly kind: 'input'
      readonly index: number
      /** In path order. */
      readonly files?: readonly FileChange[]
      /** Digest of the base image that it was. */
      readonly image?: Digest
    }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown' }

/** The first difference. A change of the op comes before changes of inputs. */
export function changeSince(last: StepFacts | undefined, now: StepFacts): StepChange {
  if (last === undefined) return { kind: 'unknown' }
  if (last.own !== now.own || last.read.length !== now.read.length) {
    const fact = factChange(last.facts ?? new Map(), now.facts ?? new Map())
    return { kind: 'own', ...(fact && { fact }) }
  }
  const index = now.read.findIndex((digest, at) => digest !== last.read[at])
  if (index < 0) return { kind: 'none' }
  const [before, after] = [last.inputs?.[index], now.inputs?.[index]]
  const files = before?.files && after?.files ? fileChanges(before.files, after.files) : []
  return {
    kind: 'input',
    index,
    ...(files.length !== 0 && { files }),
    ...(before?.image && before.image !== after?.image ? { image: before.image } : {}),
  }
}

/** The change in one sentence without a period, about the step `vertex`. */
export function explainChange({ inputs }: Vertex, change: StepChange): string {
  switch (change.kind) {
    case 'own':
      return change.fact === undefined
        ? 'the instruction, its arguments or its environment changed'
        : `${change.fact.name} ${words[change.fact.how]}`
    case 'input':
      return explainInput(inputs[change.index], change)
    case 'none':
      return 'its result is no longer in the store'
    case 'unknown':
      return 'it has not run here before'
  }
}

const words = {
  added: 'was added',
  removed: 'was removed',
  changed: 'changed',
  metadata: 'has another mode or owner',
} as const

function explainInput(input: Vertex | undefined, { files, image }: Extract<StepChange, { kind: 'input' }>): string {
  const [first, ...more] = files ?? []
  if (first !== undefined) {
    const rest =
      more.length === 0 ? '' : `, and ${more.length} more ${more.length === 1 ? 'file differs' : 'files differ'}`
    return `"${first.path}" ${words[first.how]} in ${formatInput(input)}${rest}`
  }
  if (input?.op.kind === 'image' && image !== undefined)
    return `base image ${input.op.reference} changed: ${image} → ${input.op.digest}`
  return input?.op.kind === 'image'
    ? `base image ${input.op.reference} changed`
    : `${formatInput(input)} has another result`
}

function formatInput(input: Vertex | undefined): string {
  if (input?.op.kind !== 'local') return input?.name ?? 'an input'
  return input.op.context === 'context' ? 'the build context' : `context "${input.op.context}"`
}

function factChange(
  last: ReadonlyMap<string, string>,
  now: ReadonlyMap<string, string>,
): { readonly name: string; readonly how: Difference } | undefined {
  for (const [name, value] of now) {
    const before = last.get(name)
    if (before !== value) return { name, how: before === undefined ? 'added' : 'changed' }
  }
  const removed = [...last.keys()].find((name) => !now.has(name))
  return removed === undefined ? undefined : { name: removed, how: 'removed' }
}

function fileChanges(last: FilesRead, now: FilesRead): readonly FileChange[] {
  const changes: FileChange[] = []
  for (const path of new Set([...last.keys(), ...now.keys()])) {
    const [before, after] = [last.get(path), now.get(path)]
    if (before === undefined) changes.push({ path, how: 'added' })
    else if (after === undefined) changes.push({ path, how: 'removed' })
    else if (before[0] !== after[0]) changes.push({ path, how: 'changed' })
    else if (before[1] !== after[1]) changes.push({ path, how: 'metadata' })
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1))
}
