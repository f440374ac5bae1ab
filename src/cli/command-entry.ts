import type { Command } from 'commander'
import type { Invocation } from './invocation/invocation.ts'

/** A command before its module is loaded. */
export interface CommandEntry {
  readonly summary: string
  /** Heading in the help. */
  readonly group: string
  /**
   * Loads the module and gives what makes the command: start-up pays for the one command it runs.
   */
  readonly load: () => Promise<(invocation: Invocation) => Command>
}
