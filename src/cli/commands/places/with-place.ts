import type { Command } from 'commander'
import type { Credential } from '../../../caller-keychain.ts'
import type { CopyEndpoint } from '../../../store/places/place.ts'
import type { LocalStore } from '../../../store/local-store.ts'
import type { TransferOptions } from '../../../store/transfer-options.ts'
import type { Invocation } from '../../invocation/invocation.ts'
import { UsageError } from '../../invocation/usage-error.ts'
import { credsHelp, credsOfNames } from '../../values/registry-access.ts'
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
export async function withPlace<T>(
  invocation: Invocation,
  { flags, place }: { readonly flags: PlaceFlags; readonly place: CopyEndpoint },
  action: (store: LocalStore, options: TransferOptions) => Promise<T>,
): Promise<T> {
  const credentials = await credsFor('--creds', flags.creds, { places: [place], invocation })
  return withTransfer(invocation, { ...flags, credentials }, action)
}

/** Credentials of a flag for the registries among these places. Throws `UsageError` without any. */
export async function credsFor(
  flag: string,
  text: string | undefined,
  { places, invocation }: { readonly places: readonly CopyEndpoint[]; readonly invocation: Invocation },
): Promise<Readonly<Record<string, Credential>>> {
  if (text === undefined) return {}
  const names = places.flatMap((place) => (place.kind === 'registry' ? [place.reference] : []))
  if (names.length === 0) throw new UsageError(`${flag} is for a registry, not for a ${places[0]?.kind ?? 'place'}`)
  return (await credsOfNames(flag, text, { names, invocation })) ?? {}
}
