import { resolve } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import {
  accessRules,
  type AccessRecord,
  type Action,
  Authority,
  htpasswdUsers,
  onlyUser,
  openStorage,
  type Passwords,
  type Quota,
  readLayouts,
  readStorage,
  type RegistryReader,
  type RegistryStorage,
  type RunningServer,
  serve,
  type TlsFiles,
} from '@tsbuild/distribution-server'
import { TsbuildError } from '@tsbuild/errors'
import { isPublicUrl, parseListen } from './registry-address.ts'
import { defaultRoot, storePaths } from './layer/disk/store-paths.ts'

/** Options of a registry. */
export interface ServeRegistryOptions {
  /** `HOST:PORT`; port 0 takes a free one. Default: `127.0.0.1:0`. */
  readonly listen?: string
  /** Directory with what was pushed, made if it is missing. Default: `registry` in the store. */
  readonly storage?: string
  /** Instead: an OCI image layout, or a directory of them, which is only read. */
  readonly layout?: string
  /** Instead: the images of the local store, which are only read. */
  readonly images?: boolean
  /** Directory of the store. Default: `$TSBUILD_ROOT`, else in the user's data directory. */
  readonly root?: string
  /** Refuse pushes and deletions. Default: false. */
  readonly readOnly?: boolean
  /** Most bytes of the storage, and of each repository. Default: no bound. */
  readonly quota?: Quota
  /**
   * Certificate and private key in PEM form, or a function that reads them, which is called again
   * every ten seconds. Default: plain HTTP.
   */
  readonly tls?: TlsFiles | (() => Promise<TlsFiles>)
  /** File with rights of users (docs/registry-serve.md). Default: users may do everything. */
  readonly access?: string
  /** File of `htpasswd -B` with the users. Default: no users are needed. */
  readonly htpasswd?: string
  /** Instead of a file: one user. */
  readonly user?: { readonly name: string; readonly password: string }
  /** Reading needs no user. Default: false. */
  readonly anonymousPull?: boolean
  /** Address of the registry for clients, behind a proxy: `https://registry.example`. */
  readonly publicUrl?: string
  /** Allow an address that other machines reach without users or without TLS. Default: false. */
  readonly insecure?: boolean
  /** Gets each request after its answer. */
  readonly onRequest?: (record: AccessRecord) => void
}

/** A registry that answers. */
export interface ServedRegistry extends AsyncDisposable {
  /** `HOST:PORT`, as at the front of the name of an image. */
  readonly host: string
  /** `http://HOST:PORT`, or `https:`. */
  readonly url: string
  /** Directory that is served. */
  readonly directory: string
  readonly readOnly: boolean
  /** Takes no more requests, and resolves when those that run have ended. */
  close(): Promise<void>
}

/**
 * Serves a registry over HTTP (distribution-spec 1.1) until it is closed. Rejects with
 * `OPTION_INVALID` for options that exclude each other or are not safe, `LISTEN_FAILED` for an
 * address that cannot be used, `STORE_UNUSABLE`, `STORE_TOO_NEW` or `LAYOUT_INVALID` for a
 * directory.
 *
 * @example
 * await using registry = await serveRegistry({ storage: 'registry' })
 * await build({ context: '.', tags: [`${registry.host}/app:1`], push: true })
 */
export async function serveRegistry(options: ServeRegistryOptions = {}): Promise<ServedRegistry> {
  checkOptions(options)
  const { address, port, isLoopback } = parseListen(options.listen ?? '127.0.0.1:0')
  if (!isLoopback && options.insecure !== true) checkExposure(options)
  const users = await readUsers(options)
  const rules = options.access === undefined ? undefined : await accessRules(options.access)
  const tls = typeof options.tls === 'function' ? await options.tls() : options.tls
  const source = await openSource(options)
  const anonymous: readonly Action[] = options.anonymousPull === true ? ['pull'] : []
  const { publicUrl, onRequest } = options
  let server: RunningServer
  try {
    server = await serve({
      registry: { ...source, authority: new Authority({ users, anonymous, rules }) },
      address,
      port,
      tls,
      publicUrl: publicUrl?.replace(/\/+$/, ''),
      ...(onRequest !== undefined && { onRequest }),
    })
  } catch (error) {
    await source.storage?.close()
    throw explainListen(error, options.listen ?? '')
  }
  const renewal = typeof options.tls === 'function' ? renewTls(server, options.tls, tls) : undefined
  const close = async (): Promise<void> => {
    clearInterval(renewal)
    await server.close()
    await source.storage?.close()
  }
  return {
    host: server.host,
    url: `${tls === undefined ? 'http' : 'https'}://${server.host}`,
    directory: source.directory,
    readOnly: source.storage === undefined,
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Milliseconds between two looks at the files of a certificate. */
const renewEvery = 10_000

/** Gives the server each new certificate. One that cannot be read or used leaves the former. */
function renewTls(server: RunningServer, read: () => Promise<TlsFiles>, first: TlsFiles | undefined): NodeJS.Timeout {
  let used = first
  const renew = async (): Promise<void> => {
    const next = await read()
    if (isDeepStrictEqual(next, used)) return
    server.renew(next)
    used = next
  }
  // Key and certificate are replaced one after the other: the next look finds both.
  return setInterval(() => void renew().catch(() => undefined), renewEvery).unref()
}

/** Directory of a storage that was not named. */
export function defaultStorage(root: string = defaultRoot(process.env)): string {
  return resolve(root, 'registry')
}

interface Source {
  readonly directory: string
  readonly reader: RegistryReader
  readonly storage?: RegistryStorage
}

async function openSource({ storage, layout, images, root, readOnly, quota }: ServeRegistryOptions): Promise<Source> {
  const store = root ?? defaultRoot(process.env)
  if (layout !== undefined || images === true) {
    const directory = layout === undefined ? storePaths(store).layout : resolve(layout)
    return { directory, reader: await readLayouts(directory) }
  }
  const directory = storage === undefined ? defaultStorage(store) : resolve(storage)
  if (readOnly === true) return { directory, reader: await readStorage(directory) }
  const opened = await openStorage(directory, { quota })
  return { directory, reader: opened, storage: opened }
}

async function readUsers({ htpasswd, user }: ServeRegistryOptions): Promise<Passwords | undefined> {
  if (htpasswd !== undefined) return htpasswdUsers(htpasswd)
  return user && onlyUser(user.name, user.password)
}

function checkOptions(options: ServeRegistryOptions): void {
  const { storage, layout, images, htpasswd, user, anonymousPull, publicUrl, access, quota, readOnly } = options
  const sources = [storage !== undefined && 'storage', layout !== undefined && 'layout', images === true && 'images']
  const [first, second] = sources.filter((each) => each !== false)
  if (second !== undefined) throw invalid(`options ${first} and ${second} exclude each other`)
  if (htpasswd !== undefined && user !== undefined) throw invalid('options htpasswd and user exclude each other')
  if (user !== undefined && (user.name === '' || user.name.includes(':') || user.password === ''))
    throw invalid('option user: expected a name without ":" and a password')
  if (anonymousPull === true && htpasswd === undefined && user === undefined)
    throw invalid('option anonymousPull needs htpasswd or user: without users, reading is free already')
  if (access !== undefined && htpasswd === undefined && user === undefined)
    throw invalid('option access needs htpasswd or user')
  if (quota !== undefined && (readOnly === true || layout !== undefined || images === true))
    throw invalid('option quota is for a storage that takes pushes')
  if (publicUrl !== undefined && !isPublicUrl(publicUrl))
    throw invalid('option publicUrl: expected https://HOST or https://HOST:PORT')
}

/** A registry that other machines reach needs users, and TLS for their passwords. */
function checkExposure({ listen = '', htpasswd, user, tls }: ServeRegistryOptions): void {
  const missing = [htpasswd === undefined && user === undefined && 'users', tls === undefined && 'TLS']
  const words = missing.filter((each) => each !== false).join(' and ')
  if (words === '') return
  throw invalid(`refusing to listen on ${listen} without ${words}: other machines reach this address`, {
    hint: 'give users (htpasswd, or user) and a certificate (tls), or say insecure',
  })
}

function explainListen(error: unknown, listen: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const reasons: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another program uses this port',
    EADDRNOTAVAIL: 'this machine does not have the address',
    EACCES: 'this user may not use the port',
    ENOTFOUND: 'the name of the host is unknown',
    EAI_AGAIN: 'the name of the host cannot be looked up',
    EAFNOSUPPORT: 'this machine does not have such addresses',
  }
  const reason = Object.hasOwn(reasons, code) ? reasons[code] : undefined
  if (reason !== undefined)
    return new TsbuildError('LISTEN_FAILED', `cannot listen on ${listen}: ${reason}`, {
      cause: error,
      ...(code === 'EADDRINUSE' && { hint: 'name another port; port 0 is any free one' }),
    })
  if (!code.startsWith('ERR_OSSL') && !code.startsWith('ERR_SSL') && !code.startsWith('ERR_TLS')) return error
  return new TsbuildError('OPTION_INVALID', 'option tls: the certificate or the key cannot be used', { cause: error })
}

function invalid(message: string, help: { readonly hint?: string } = {}): TsbuildError {
  return new TsbuildError('OPTION_INVALID', message, help)
}
