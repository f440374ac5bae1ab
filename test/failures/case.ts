import type { TreeNode } from '../support/write-tree.ts'
import { type ArchiveName, archives } from './archives.ts'

/**
 * Members of a case's `case.json`; all have defaults. In texts, `{registry}` and the like are
 * replaced by values of `laboratory.ts`.
 */
export interface CaseSettings {
  /** Words after `tsbuild`. Default: `build .` */
  readonly args?: readonly string[]
  /** Files of the working directory other than `Dockerfile`. Modes are octal. */
  readonly files?: Readonly<Record<string, CaseFile>>
  /** Text on standard input. */
  readonly input?: string
  /** Standard output is a terminal. */
  readonly terminal?: boolean
  /** A step runs a program of the base image. */
  readonly runs?: boolean
  /** A program the machine must have. */
  readonly needs?: string
}

type CaseFile =
  | string
  | { readonly text: string; readonly mode: string }
  | { readonly directory: string }
  | { readonly archive: ArchiveName }

/** A call of `tsbuild` that has to fail: a folder `cases/<area>/<name>`. */
export interface FailureCase extends CaseSettings {
  readonly area: string
  readonly name: string
  /** `Dockerfile` in the working directory; none without it. */
  readonly dockerfile?: string
  /** File with the recorded outcome. */
  readonly record: string
}

/** Files of the working directory, `Dockerfile` aside. */
export function filesOf({ files = {} }: FailureCase): Readonly<Record<string, TreeNode>> {
  return Object.fromEntries(Object.entries(files).map(([path, file]) => [path, nodeOf(file)]))
}

function nodeOf(file: CaseFile): TreeNode {
  if (typeof file === 'string') return file
  if ('archive' in file) return archives[file.archive]
  if ('directory' in file) return { directory: Number.parseInt(file.directory, 8) }
  return { text: file.text, mode: Number.parseInt(file.mode, 8) }
}
