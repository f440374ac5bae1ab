import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import type { Credentials } from '../../caller-keychain.ts'
import type { TransferOptions } from '../../store/transfer-options.ts'
import type { ImageReportOptions } from '../../report/report-images.ts'
import type { EngineOptions } from '../invocation/engine.ts'
import type { Invocation } from '../invocation/invocation.ts'
import { type ProgressMode, chooseMode, createRenderer } from '../render/choose-renderer.ts'
import {
  allowsInsecure,
  authFileHelp,
  certDirHelp,
  tlsVerifyHelp,
  withRegistryFiles,
} from '../values/registry-access.ts'
import { flag } from '../flags/declare-flag.ts'
import type { RetryOptions } from '../../option-values.ts'
import { parseRetry, retryDelayHelp, retryHelp } from '../values/parse-retry.ts'
import type { LocalStore } from '../../store/local-store.ts'
import type { StoreOptions } from '../../store/open-store.ts'

/** The flag of every command that works on the store. */
export interface StoreFlags {
  readonly root?: string
}

/** The flags of every command that moves images. */
export interface TransferFlags extends StoreFlags {
  readonly authfile?: string
  readonly certDir?: string
  readonly insecure?: boolean
  readonly tlsVerify?: string
  readonly progress?: string
  readonly quiet?: boolean
  readonly retry?: string
  readonly retryDelay?: string
  /** Skopeo's word for `--retry`. */
  readonly retryTimes?: string
}

/** The flags of a transfer, and the credentials of its own. */
export interface TransferRequest extends TransferFlags {
  readonly credentials?: Credentials | undefined
}

/** Declares the flag of `StoreFlags`. */
export function addStoreFlags(command: Command): Command {
  return command.option(
    '--root <directory>',
    'directory of the store (default: $TSBUILD_ROOT, else the data directory)',
  )
}

/** Declares the flags of `TransferFlags`. */
export function addTransferFlags(command: Command): Command {
  return addStoreFlags(command)
    .option('--authfile <file>', authFileHelp)
    .option('--cert-dir <directory>', certDirHelp)
    .option('--insecure', 'allow plain HTTP or unverified TLS')
    .option('--tls-verify <boolean>', tlsVerifyHelp)
    .addOption(
      new Option('--progress <mode>', 'format of the progress on standard error').choices([
        'auto',
        'tty',
        'plain',
        'json',
        'quiet',
      ]),
    )
    .option('-q, --quiet', 'print only results')
    .addOption(flag('--retry <number>', retryHelp))
    .addOption(flag('--retry-times <number>').hideHelp())
    .addOption(flag('--retry-delay <duration>', retryDelayHelp))
}

function readRetry({ retry, retryTimes = retry, retryDelay }: TransferFlags): RetryOptions | undefined {
  return parseRetry({
    ...(retryTimes !== undefined && { retry: retryTimes }),
    ...(retryDelay !== undefined && { retryDelay }),
  })
}

/** A copy has no steps: its parts are what people look at. */
const copyView = { eachTransfer: true }

/** Opens the store for one action. */
export async function withStore<T>(
  invocation: Invocation,
  flags: StoreFlags,
  action: (store: LocalStore) => Promise<T>,
): Promise<T> {
  await using store = await invocation.engine.openStore(storeOptions(invocation, flags))
  return await action(store)
}

function storeOptions(
  { signal, cwd, env }: Invocation,
  { root }: StoreFlags,
): EngineOptions & Pick<StoreOptions, 'env'> {
  return { signal, env, ...(root !== undefined && { root: resolve(cwd, root) }) }
}

/** Access to the store and to registries that flags describe. Throws `UsageError`. */
async function readAccess(
  invocation: Invocation,
  flags: TransferFlags,
): Promise<EngineOptions & Pick<StoreOptions, 'env' | 'retry'>> {
  const env = await withRegistryFiles(invocation, flags)
  return { ...storeOptions(invocation, flags), env, retry: readRetry(flags) }
}

/** The options of a report about images for an action, which shows how transfers go. */
export async function withReports<T>(
  invocation: Invocation,
  flags: TransferFlags & { readonly platform?: string },
  action: (options: ImageReportOptions) => Promise<T>,
): Promise<T> {
  const insecure = allowsInsecure(flags)
  const access = await readAccess(invocation, flags)
  const renderer = createRenderer(flags.quiet ? 'quiet' : chooseMode(flags.progress, invocation), invocation, copyView)
  try {
    const { platform } = flags
    const options = { ...access, insecure, report: renderer.report }
    return await action({ ...options, ...(platform !== undefined && { platform }) })
  } finally {
    renderer.close()
  }
}

/** Opens the store for an action that moves content, and shows how that goes. */
export async function withTransfer<T>(
  invocation: Invocation,
  flags: TransferRequest,
  action: (store: LocalStore, options: TransferOptions) => Promise<T>,
): Promise<T> {
  const insecure = allowsInsecure(flags)
  const access = await readAccess(invocation, flags)
  const mode: ProgressMode = flags.quiet ? 'quiet' : chooseMode(flags.progress, invocation)
  const renderer = createRenderer(mode, invocation, copyView)
  try {
    const { report } = renderer
    const { credentials } = flags
    await using store = await invocation.engine.openStore({ ...access, credentials, report })
    const result = await action(store, { signal: invocation.signal, report, insecure })
    renderer.close()
    return result
  } catch (error) {
    renderer.close(error)
    throw error
  }
}
