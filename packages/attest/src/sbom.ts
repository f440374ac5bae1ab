import type { TreeView } from '@tsbuild/tree'
import { spdxPredicate } from './predicate-types.ts'
import type { ScanNote } from './scan/found-package.ts'
import { scanTree } from './scan/scan-tree.ts'
import { type DocumentRequest, spdxDocument } from './spdx/document.ts'
import type { Statement } from './statement.ts'

export interface SbomRequest extends DocumentRequest {
  /** File name of the statement. */
  readonly filename: string
  readonly signal?: AbortSignal
}

/**
 * Lists the packages of a file system as a statement without subjects, and runs none of its
 * programs. `notes` lists records that could not be read. Rejects only when the bytes of a file are
 * unavailable, or when aborted.
 */
export async function billOfMaterials(
  view: TreeView,
  { filename, signal, ...request }: SbomRequest,
): Promise<{ readonly statement: Statement; readonly notes: readonly ScanNote[] }> {
  const kind = request.purpose === 'SOURCE' ? 'source' : 'installed'
  const scan = await scanTree(view, { kind, ...(signal && { signal }) })
  return {
    statement: { predicateType: spdxPredicate, predicate: spdxDocument(scan, request), filename },
    notes: scan.notes,
  }
}
