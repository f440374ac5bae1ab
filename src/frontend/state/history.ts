import type { HistoryEntry } from '@tsbuild/oci'
import type { DeclaredArg, Environment } from './environment.ts'

const comment = 'buildkit.dockerfile.v0'

/** The history entry of a step that makes a layer. */
export function layerEntry(createdBy: string): HistoryEntry {
  return { created_by: createdBy, comment }
}

/** The history entry of a step that only changes the config. */
export function emptyEntry(createdBy: string): HistoryEntry {
  return { created_by: createdBy, comment, empty_layer: true }
}

/**
 * History entry of RUN: the ARGs so far, each once, with the values of the process, then the
 * command.
 */
export function runText(command: readonly string[], args: readonly DeclaredArg[], environment: Environment): string {
  const values = new Map(args.map(({ name, value }) => [name, environment.get(name) ?? value ?? '']))
  const prefix = values.size > 0 ? [`|${values.size}`, ...[...values].map(([name, value]) => `${name}=${value}`)] : []
  return `RUN ${[...prefix, ...command].join(' ')} # buildkit`
}
