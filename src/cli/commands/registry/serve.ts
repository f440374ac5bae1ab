import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Command, Option } from 'commander'
import { readAll } from '@tsbuild/content'
import { isPublicUrl, parseListen } from '../../../registry-address.ts'
import type { ServeRegistryOptions } from '../../../serve-registry.ts'
import type { Invocation } from '../../invocation/invocation.ts'
import { UsageError } from '../../invocation/usage-error.ts'
import { safeText } from '../../render/safe-text.ts'
import { formatAccess } from '../../results/format-access.ts'
import { parseSize } from '../../values/parse-size.ts'
import { addStoreFlags, type StoreFlags } from '../with-store.ts'

interface ServeFlags extends StoreFlags {
  readonly listen: string
  readonly storage?: string
  readonly layout?: string
  readonly images?: boolean
  readonly readOnly?: boolean
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly htpasswd?: string
  readonly user?: string
  readonly passwordStdin?: boolean
  readonly anonymousPull?: boolean
  readonly url?: string
  readonly access?: string
  readonly quota?: string
  readonly repositoryQuota?: string
  readonly insecure?: boolean
  readonly progress: 'plain' | 'json' | 'quiet'
  readonly quiet?: boolean
}

/** Bytes of a password. */
const maxPassword = 64 * 1024

/** `tsbuild registry serve`: answers until it is interrupted. */
export function serveCommand(invocation: Invocation): Command {
  const { stdout, stderr, signal, engine } = invocation
  return addStoreFlags(new Command('serve'))
    .description(
      'Serve a registry until SIGINT or SIGTERM, which let running requests end. The first line of standard output is HOST:PORT; standard error has a line for each request.',
    )
    .option('-l, --listen <host:port>', 'address; port 0 takes a free one (default: 127.0.0.1:5000)', '127.0.0.1:5000')
    .option('--storage <directory>', 'directory for pushed images (default: registry in the store)')
    .option(
      '--layout <directory>',
      'offer the images of an OCI image layout, or of a directory of them, instead; read-only',
    )
    .option('--images', 'offer the images of the local store instead; read-only')
    .option('--read-only', 'refuse pushes and deletions')
    .option('--htpasswd <file>', 'users, as htpasswd -B writes them')
    .option('--user <name>', 'one user; the password comes from --password-stdin')
    .option('--password-stdin', 'read the password of --user from standard input')
    .option('--anonymous-pull', 'let everyone read; users also write')
    .option('--access <file>', 'rights of users, one a line: USER REPOSITORY RIGHTS')
    .option('--quota <size>', 'most bytes of all repositories together')
    .option('--repository-quota <size>', 'most bytes of each repository')
    .option('--tls-cert <file>', 'certificate chain in PEM form')
    .option('--tls-key <file>', 'private key in PEM form')
    .option('--url <url>', 'address for clients, where a proxy has another one')
    .option('--insecure', 'allow an address that other machines reach without users or TLS')
    .addOption(
      new Option('--progress <mode>', 'format of the access log').choices(['plain', 'json', 'quiet']).default('plain'),
    )
    .option('-q, --quiet', 'no access log')
    .addHelpText('after', examples)
    .action(async (flags: ServeFlags) => {
      const mode = flags.quiet ? 'quiet' : flags.progress
      const options = await readOptions(invocation, flags)
      const registry = await engine.serveRegistry({
        ...options,
        ...(mode !== 'quiet' && { onRequest: (record) => stderr.write(`${formatAccess(record, mode)}\n`) }),
      })
      const { host, url, directory, readOnly } = registry
      stdout.write(`${host}\n`)
      const access = `${readOnly ? 'read-only' : 'read and write'}, ${describeUsers(flags)}`
      if (mode === 'plain') stderr.write(`serving ${safeText(directory)} at ${url} (${access})\n`)
      if (!signal.aborted) await new Promise((ended) => signal.addEventListener('abort', ended, { once: true }))
      await registry.close()
    })
}

const examples = `
Examples:
  tsbuild registry serve                                  # push to and pull from localhost:5000
  tsbuild registry serve --images                         # pull app:1 of the store as localhost:5000/app:1
  tsbuild registry serve --layout /media/stick            # offer the images of a directory
  tsbuild registry serve --listen :443 --tls-cert cert.pem --tls-key key.pem --htpasswd users
`

async function readOptions(invocation: Invocation, flags: ServeFlags): Promise<ServeRegistryOptions> {
  const { cwd, env } = invocation
  const { listen, storage, layout, images, readOnly, htpasswd, anonymousPull, url, insecure, access, tlsCert, tlsKey } =
    flags
  checkFlags(flags)
  const at = (path: string): string => resolve(cwd, path)
  const root = flags.root === undefined ? env['TSBUILD_ROOT'] : at(flags.root)
  const user = flags.user === undefined ? undefined : { name: flags.user, password: await readPassword(invocation) }
  return {
    listen,
    ...(root && { root }),
    ...(storage !== undefined && { storage: at(storage) }),
    ...(layout !== undefined && { layout: at(layout) }),
    ...(images && { images }),
    ...(readOnly && { readOnly }),
    ...(htpasswd !== undefined && { htpasswd: at(htpasswd) }),
    ...(user && { user }),
    ...(anonymousPull && { anonymousPull }),
    ...(url !== undefined && { publicUrl: url }),
    ...(insecure && { insecure }),
    ...(access !== undefined && { access: at(access) }),
    ...readQuota(flags),
    ...(tlsCert !== undefined &&
      tlsKey !== undefined && {
        tls: async () => ({ cert: await readFile(at(tlsCert)), key: await readFile(at(tlsKey)) }),
      }),
  }
}

function readQuota({ quota, repositoryQuota }: ServeFlags): Pick<ServeRegistryOptions, 'quota'> {
  if (quota === undefined && repositoryQuota === undefined) return {}
  return {
    quota: {
      ...(quota !== undefined && { total: parseSize('--quota', quota) }),
      ...(repositoryQuota !== undefined && { repository: parseSize('--repository-quota', repositoryQuota) }),
    },
  }
}

/** Throws `UsageError` for flags that exclude or need each other. */
function checkFlags(flags: ServeFlags): void {
  const { storage, layout, images, htpasswd, user, passwordStdin, anonymousPull, tlsCert, tlsKey } = flags
  const sources = Object.entries({ '--storage': storage, '--layout': layout, '--images': images })
  const [first, second] = sources.flatMap(([name, value]) => (value === undefined ? [] : [name]))
  if (second !== undefined) throw new UsageError(`options ${first} and ${second} exclude each other`)
  if (htpasswd !== undefined && user !== undefined)
    throw new UsageError('options --htpasswd and --user exclude each other')
  if ((user === undefined) !== (passwordStdin === undefined))
    throw new UsageError(
      user === undefined ? 'option --password-stdin needs --user' : 'option --user needs --password-stdin',
      { hint: 'printenv PASSWORD | tsbuild registry serve --user NAME --password-stdin' },
    )
  if (flags.access !== undefined && htpasswd === undefined && user === undefined)
    throw new UsageError('option --access needs --htpasswd or --user')
  if ((flags.quota ?? flags.repositoryQuota) !== undefined && (flags.readOnly || layout !== undefined || images))
    throw new UsageError('options --quota and --repository-quota are for a storage that takes pushes')
  if (anonymousPull && htpasswd === undefined && user === undefined)
    throw new UsageError('option --anonymous-pull needs --htpasswd or --user: without users, reading is free already')
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new UsageError('options --tls-cert and --tls-key need each other')
  if (flags.url !== undefined && !isPublicUrl(flags.url))
    throw new UsageError(`invalid --url "${flags.url}": expected https://HOST or https://HOST:PORT`)
  checkExposure(flags)
}

/** `serveRegistry` refuses the same, in the words of its options. */
function checkExposure({ listen, htpasswd, user, tlsCert, insecure }: ServeFlags): void {
  if (insecure || parseListen(listen).isLoopback) return
  const missing = [...(htpasswd === undefined && user === undefined ? ['users'] : []), ...(tlsCert ? [] : ['TLS'])]
  if (missing.length === 0) return
  throw new UsageError(`refusing to listen on ${listen} without ${missing.join(' and ')}: other machines reach it`, {
    hint: 'add --htpasswd or --user, and --tls-cert with --tls-key; --insecure does without',
  })
}

function describeUsers({ htpasswd, user, anonymousPull }: ServeFlags): string {
  if (htpasswd === undefined && user === undefined) return 'without users'
  return anonymousPull ? 'users write, all read' : 'with users'
}

async function readPassword({ stdin }: Invocation): Promise<string> {
  const password = Buffer.from(await readAll(stdin, maxPassword))
    .toString('utf8')
    .replace(/\r?\n$/, '')
  if (password === '') throw new UsageError('the password is empty')
  return password
}
