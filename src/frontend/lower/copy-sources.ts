import type { AddInstruction, CopyInstruction } from '@tsbuild/dockerfile'
import type { Vertex } from '../../graph/vertex.ts'
import { heredocFileName } from '../sources/file-names.ts'
import type { Expander, StepContext } from '../state/step-context.ts'
import type { StepSource } from './copy-step.ts'

/**
 * The sources of COPY or ADD in order: heredocs are files of an inline tree, everything else is
 * `findPath`'s business.
 */
export function copySources(
  instruction: CopyInstruction | AddInstruction,
  how: { readonly expand: Expander; readonly findPath: (path: string, written: string) => StepSource },
  context: StepContext,
): readonly StepSource[] {
  return instruction.sources.map((source) => {
    if (source.kind === 'path') return how.findPath(how.expand.word(source.text), source.text)
    const { name } = source.heredoc
    return { shown: `<<${name}`, files: heredocTree(instruction, how.expand, context), path: name, literal: true }
  })
}

/** All heredocs of the instruction; of two with one name the last is the file. */
function heredocTree(
  { sources, range }: CopyInstruction | AddInstruction,
  expand: Expander,
  context: StepContext,
): Vertex {
  const texts = new Map<string, string>()
  for (const source of sources) {
    if (source.kind !== 'heredoc') continue
    const { name, content, expand: variables } = source.heredoc
    texts.set(heredocFileName(name, range), variables ? expand.heredoc(content) : content)
  }
  const files = [...texts].map(([path, text]) => ({ path, mode: 0o644, text }))
  return context.sources.share({ kind: 'inline', files }, `heredoc ${[...texts.keys()].join(' ')}`)
}
