import type { Engine } from './engine.ts'

/** Where text goes; the part of a Node stream that the command line uses. */
export interface Sink {
  write(text: string | Uint8Array): unknown
  readonly isTTY?: boolean
  /** Size of the terminal, in characters. */
  readonly columns?: number
  readonly rows?: number
}

/** Everything one call of `tsbuild` may touch of its process, so that commands run the same in tests. */
export interface Invocation {
  readonly stdin: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean }
  /** Results. */
  readonly stdout: Sink
  /** Progress, warnings and errors. */
  readonly stderr: Sink
  readonly env: Readonly<Record<string, string | undefined>>
  /** Absolute; relative paths of the call start here. */
  readonly cwd: string
  /** Aborted by SIGINT and SIGTERM. */
  readonly signal: AbortSignal
  readonly engine: Engine
}
