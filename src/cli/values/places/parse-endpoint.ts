import { resolve } from 'node:path'
import type { CopyEndpoint } from '../../../store/local-store.ts'
import { UsageError } from '../../invocation/usage-error.ts'

/**
 * Source or destination of `tsbuild copy`: `store:NAME`, `oci:DIRECTORY[:TAG]` (a layout on disk),
 * `docker://NAME` or a bare NAME (a registry). Directories become absolute. Throws `UsageError` for
 * an empty part.
 */
export function parseEndpoint(text: string, cwd: string): CopyEndpoint {
  const [, scheme = '', rest = ''] = /^(store:|oci:|docker:\/\/)?(.*)$/s.exec(text) ?? []
  if (rest === '')
    throw new UsageError(`cannot copy "${text}": expected a name, docker://NAME, store:NAME or oci:DIRECTORY[:TAG]`)
  if (scheme === 'store:') return { kind: 'store', reference: rest }
  if (scheme !== 'oci:') return { kind: 'registry', reference: rest }
  const [, directory = rest, tag] = /^(.+):([^:/]+)$/.exec(rest) ?? []
  return { kind: 'layout', directory: resolve(cwd, directory), ...(tag !== undefined && { tag }) }
}
