import type { Ledger } from '@tsbuild/isolate'
import type { Digest } from '@tsbuild/oci'
import type { Diff } from '@tsbuild/tree'
import type { StoredSnapshot } from '../protocol/agent-protocol.ts'

/**
 * A file-system state as a directory that a process may change. Disposing throws the changes away.
 */
export interface OpenRootfs extends AsyncDisposable {
  readonly directory: string
  /** Owners that the directory cannot hold, on a rung that needs a ledger; processes change it. */
  readonly ledger?: Ledger | undefined
  /**
   * The changes. The directory must not be used afterwards; files of the diff can be opened
   * until `keep`.
   */
  changes(): Promise<Diff>
  /**
   * Keeps the changed state for who asks for these layers and `diffId` on top. `epoch` (seconds)
   * bounds the times it shows, as in the layer.
   */
  keep(diffId: Digest, epoch?: number): Promise<void>
}

/** A file-system state as a directory to look at, or to write to in vain. */
export interface OpenView extends AsyncDisposable {
  readonly directory: string
}

/**
 * A way to make directories of layers, oldest first. Disposing puts into the store what later
 * builds can use.
 */
export interface RootfsStrategy extends Disposable {
  open(snapshot: StoredSnapshot): Promise<OpenRootfs>
  view(snapshot: StoredSnapshot, options: { readonly writable: boolean }): Promise<OpenView>
}
