import type { Command } from 'commander'
import { addBuildFlags, type BuildFlags } from './build-flags.ts'
import { addPeerFlags, buildPeers } from './peers/peer-flags.ts'
import { notePeers } from './peers/peer-table.ts'
import { noteTlsVerify } from './registry-flags.ts'
import { translatePeers } from './peers/translate-peers.ts'

/**
 * Declares all flags of a build: those of the help, and the spellings of other builders except
 * `own`, names that the command declares itself.
 */
export function declareBuildFlags(command: Command, own: readonly string[] = []): Command {
  return addPeerFlags(addBuildFlags(command), own)
}

/**
 * The flags of a call under the names they have here, with a remark about those that make no
 * difference. Throws `UsageError` for flags that cannot be honoured.
 */
export function readBuildFlags<F extends BuildFlags>(
  flags: F,
  command: Command,
): { readonly flags: F; readonly note?: string } {
  const notes = [notePeers(command, buildPeers), noteTlsVerify(flags)].filter((note) => note !== undefined)
  return { flags: { ...flags, ...translatePeers(flags) }, ...(notes.length > 0 && { note: notes.join('; ') }) }
}
