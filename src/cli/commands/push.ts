import { Command } from 'commander'
import type { LocalStore } from '../../store/local-store.ts'
import { flag } from '../flags/declare-flag.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usage-error.ts'
import { listNames, shortName } from '../values/image-names.ts'
import { credsHelp, credsOfNames } from '../values/registry-access.ts'
import { addTransferFlags, type TransferFlags, withTransfer } from './with-store.ts'

interface PushFlags extends TransferFlags {
  readonly allTags?: boolean
  readonly creds?: string
  readonly purge?: boolean
}

/** `tsbuild push`: stored images to the registries in their names. */
export function pushCommand(invocation: Invocation): Command {
  return addTransferFlags(new Command('push'))
    .description('Push images of the local store to the registries in their names and print NAME@DIGEST for each.')
    .argument('<names...>', 'names of images, such as registry.example/app:1.0')
    .option('-a, --all-tags', 'push all tags that the store has in these repositories')
    .option('--creds <user:password>', credsHelp)
    .addOption(flag('-p, --purge', 'remove the names from the store afterwards').hideHelp())
    .action(async (names: readonly string[], flags: PushFlags) => {
      const credentials = await credsOfNames('--creds', flags.creds, { names, invocation })
      const pushed = await withTransfer(invocation, { ...flags, credentials }, async (store, options) => {
        const lines: string[] = []
        for (const reference of flags.allTags ? await findTags(names, store) : names) {
          const { digest } = await store.push(reference, options)
          lines.push(`${reference}@${digest}\n`)
          if (flags.purge) await store.untag(reference)
        }
        return lines
      })
      invocation.stdout.write(pushed.join(''))
    })
}

/** All names in some repositories. */
async function findTags(repositories: readonly string[], store: LocalStore): Promise<readonly string[]> {
  const stored = listNames(await store.images())
  return repositories.flatMap((wanted) => {
    if (/:[^/]*$|@/.test(wanted))
      throw new UsageError(`--all-tags takes names of repositories, and "${wanted}" has a tag or digest`)
    const found = stored.filter(({ name, repository }) => name !== undefined && repository === shortName(wanted))
    if (found.length === 0)
      throw new UsageError(`the store has no image in "${wanted}"`, { hint: 'run tsbuild images to list images' })
    return found.map(({ repository, tag }) => `${repository}:${tag}`)
  })
}
