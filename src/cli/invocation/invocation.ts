import type { Engine } from './engine.ts'

/** Destination of text; the part of a Node stream that the command line uses. */
export interface Sink {
  write(text: string | Uint8Array): unknown
  readonly isTTY?: boolean
  /** Size of the terminal, in characters. */
  readonly columns?: number | undefined
  readonly rows?: number | undefined
  /** The error of the first write that failed. */
  readonly failure?: Error | undefined
  /** Resolves when a slow reader has caught up; undefined where there is no need to wait. */
  drained?(): Promise<void> | undefined
  /** Waits until everything is written; false if it cannot be. */
  flush?(): Promise<boolean>
}

/** Source of text; the part of a Node stream that the command line uses. */
export interface TextSource extends AsyncIterable<Uint8Array> {
  readonly isTTY?: boolean
  /** Exists on terminals: characters arrive as they are typed, and are not shown. */
  setRawMode?(on: boolean): unknown
}

/**
 * Everything one call of `tsbuild` may touch of its process, so that commands run the same in
 * tests.
 */
export interface Invocation {
  readonly stdin: TextSource
  /** Results. */
  readonly stdout: Sink
  /** Progress, warnings and errors. */
  readonly stderr: Sink
  readonly env: Readonly<Record<string, string | undefined>>
  /** Absolute; relative paths of the call start here. */
  readonly cwd: string
  /** Aborted by SIGINT, SIGTERM and SIGHUP. */
  readonly signal: AbortSignal
  readonly engine: Engine
}
