import type { Statement } from '@tsbuild/attest'
import type { Descriptor } from '@tsbuild/oci'
import type { SolvedTarget } from './target.ts'

/**
 * Statements about a solved target. `layers` are those of its image in its final form, oldest
 * first; without them the target goes to an output of files. May be called for the same target
 * several times, once for each form.
 */
export type StatementSource = (target: SolvedTarget, layers?: readonly Descriptor[]) => Promise<readonly Statement[]>
