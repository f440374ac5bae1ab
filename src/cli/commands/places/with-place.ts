import type { Command } from 'commander'
import type { CopyEndpoint } from '../../../store/places/place.ts'
import type { LocalStore } from '../../../store/local-store.ts'
import type { TransferOptions } from '../../../store/transfer-options.ts'
import type { Invocation } from '../../invocation/invocation.ts'
import { UsageError } from '../../invocation/usage-error.ts'
import { credsHelp, parseCreds } from '../../values/registry-access.ts'
import { addTransferFlags, type TransferFlags, withTransfer } from '../with-store.ts'

/** The flags of a command about images in any place. */
export interface PlaceFlags extends TransferFlags {
  readonly creds?: string
}

/** Declares the flags of `PlaceFlags`. */
export function addPlaceFlags(command: Command): Command {
  return addTransferFlags(command).option('--creds <user:password>', credsHelp)
}

/** Opens the store for an action on `place`, with the credential of the call for its registry. */
export function withPlace<T>(
  invocation: Invocation,
  { flags, place }: { readonly flags: PlaceFlags; readonly place: CopyEndpoint },
  action: (store: LocalStore, options: TransferOptions) => Promise<T>,
): Promise<T> {
  return withTransfer(invocation, { ...flags, credentials: credsFor('--creds', flags.creds, [place]) }, action)
}

/** Credentials of a flag for the registries among these places. Throws `UsageError` without any. */
export function credsFor(
  flag: string,
  text: string | undefined,
  places: readonly CopyEndpoint[],
): ReturnType<typeof parseCreds> {
  if (text === undefined) return {}
  const names = places.flatMap((place) => (place.kind === 'registry' ? [place.reference] : []))
  if (names.length === 0) throw new UsageError(`${flag} is for a registry, not for a ${places[0]?.kind ?? 'place'}`)
  return parseCreds(flag, text, names)
}
