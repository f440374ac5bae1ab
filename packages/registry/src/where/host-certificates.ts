import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { homeDirectory, readAll } from '@tsbuild/content'
import { RegistryError } from '../errors.ts'
import { canonicalRegistry } from '../hosts.ts'
import type { Environment } from '../keychain/docker-config.ts'

/** Certificates for the connections to one host, as PEM texts. */
export interface HostCertificates {
  /** Authorities to trust, the usual ones among them unless SSL_CERT_FILE replaces these. */
  readonly ca?: readonly string[]
  /** Certificate and key that prove who we are. */
  readonly client?: { readonly cert: string; readonly key: string }
  /** Paths of the files that all of it comes from; without those of NODE_EXTRA_CA_CERTS. */
  readonly files: readonly string[]
}

/** Largest file with certificates, in bytes. */
const maxSize = 4 * 1024 * 1024
/** Files a directory for one host may have. */
const maxFiles = 100

/**
 * Directories with certificates for a host, of which the first that exists counts
 * (containers-certs.d(5)): that of TSBUILD_CERT_DIR for every host, then those with its name.
 */
function certificateDirectories(host: string, env: Environment): readonly string[] {
  const name = canonicalRegistry(host)
  // A host that begins with a dot would lead to another directory.
  if (name.startsWith('.')) return []
  const config = env['XDG_CONFIG_HOME'] || join(homeDirectory(env), '.config')
  const parents = [
    join(config, 'containers/certs.d'),
    '/etc/containers/certs.d',
    join(config, 'docker/certs.d'),
    '/etc/docker/certs.d',
    '/etc/containerd/certs.d',
  ]
  const chosen = env['TSBUILD_CERT_DIR']
  return [...(chosen ? [chosen] : []), ...parents.map((parent) => join(parent, name))]
}

/**
 * Reads the certificates for a host: `*.crt` are authorities besides the usual ones, `NAME.cert`
 * with `NAME.key` is a certificate of ours. SSL_CERT_FILE replaces the usual authorities. Rejects
 * with `REGISTRY_CONFIG_INVALID` for files that cannot be used. Undefined where nothing is
 * configured.
 */
export async function findCertificates(host: string, env: Environment): Promise<HostCertificates | undefined> {
  const usual = env['SSL_CERT_FILE'] ? await readSystemFile(env['SSL_CERT_FILE']) : undefined
  const own = await readFirstDirectory(certificateDirectories(host, env))
  const system = usual === undefined ? [] : [env['SSL_CERT_FILE'] ?? '']
  if (own === undefined) return usual === undefined ? undefined : { ca: usual, files: system }
  const { authorities, client } = own
  const ca = authorities.length === 0 ? usual : [...(usual ?? (await usualAuthorities())), ...authorities]
  return { ...(ca && { ca }), ...(client && { client }), files: [...system, ...own.files] }
}

/**
 * Certificates of named files: authorities besides the usual ones, and a certificate with its key.
 * Rejects as `findCertificates` does.
 */
export async function readCertificates(
  files: { readonly ca: readonly string[]; readonly client: HostCertificates['client'] },
  env: Environment,
): Promise<HostCertificates> {
  const usual = env['SSL_CERT_FILE'] ? await readSystemFile(env['SSL_CERT_FILE']) : undefined
  const authorities = await Promise.all(files.ca.map(readAuthorities))
  const ca = authorities.length === 0 ? usual : [...(usual ?? (await usualAuthorities())), ...authorities]
  const names = [...(usual === undefined ? [] : [env['SSL_CERT_FILE'] ?? '']), ...files.ca]
  if (files.client === undefined) return { ...(ca && { ca }), files: names }
  const client = { cert: await readPem(files.client.cert), key: await readPem(files.client.key) }
  await checkClient(client, files.client.cert)
  return { ...(ca && { ca }), client, files: [...names, files.client.cert] }
}

async function readAuthorities(file: string): Promise<string> {
  const text = await readPem(file)
  await checkAuthorities(text, file)
  return text
}

async function usualAuthorities(): Promise<readonly string[]> {
  const { getCACertificates } = await import('node:tls')
  return getCACertificates('default')
}

/** Authorities of SSL_CERT_FILE and of NODE_EXTRA_CA_CERTS, which adds to any others. */
async function readSystemFile(file: string): Promise<readonly string[]> {
  const { getCACertificates } = await import('node:tls')
  return [await readAuthorities(file), ...getCACertificates('extra')]
}

interface Directory {
  readonly authorities: readonly string[]
  readonly client: HostCertificates['client']
  readonly files: readonly string[]
}

async function readFirstDirectory(directories: readonly string[]): Promise<Directory | undefined> {
  for (const directory of directories) {
    const names = await listFiles(directory)
    if (names !== undefined) return readDirectory(directory, names)
  }
  return undefined
}

async function readDirectory(directory: string, names: readonly string[]): Promise<Directory> {
  const authorities: string[] = []
  const files: string[] = []
  let client: HostCertificates['client']
  for (const name of names) {
    const file = join(directory, name)
    if (name.endsWith('.crt')) {
      authorities.push(await readAuthorities(file))
      files.push(file)
    } else if (name.endsWith('.cert') && client === undefined) {
      const keyName = `${name.slice(0, -'.cert'.length)}.key`
      if (!names.includes(keyName)) throw unusable(`"${file}"`, `its key "${keyName}" does not exist`)
      client = { cert: await readPem(file), key: await readPem(join(directory, keyName)) }
      await checkClient(client, file)
      files.push(file)
    }
  }
  return { authorities, client, files }
}

/** Names in a directory, sorted; undefined when it does not exist or belongs to others. */
async function listFiles(directory: string): Promise<readonly string[] | undefined> {
  try {
    const names = await readdir(directory)
    if (names.length > maxFiles) throw unusable(`"${directory}"`, `more than ${maxFiles} files`)
    return names.toSorted()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return undefined
    throw error
  }
}

async function readPem(file: string): Promise<string> {
  try {
    return Buffer.from(await readAll(createReadStream(file), maxSize)).toString('latin1')
  } catch (error) {
    throw unusable(`"${file}"`, error instanceof Error ? error.message : String(error), error)
  }
}

/**
 * Throws unless OpenSSL can use the certificates; the first connection would fail without the name
 * of a file, or as if a file of authorities were absent.
 */
async function checkAuthorities(text: string, file: string): Promise<void> {
  const { X509Certificate } = await import('node:crypto')
  try {
    void new X509Certificate(text)
  } catch (error) {
    throw unusable(`"${file}"`, 'it holds no certificate', error)
  }
}

/** Throws unless the key belongs to the certificate. */
async function checkClient(client: { readonly cert: string; readonly key: string }, file: string): Promise<void> {
  const { createSecureContext } = await import('node:tls')
  try {
    createSecureContext(client)
  } catch (error) {
    throw unusable(`"${file}"`, error instanceof Error ? error.message : String(error), error)
  }
}

function unusable(place: string, reason: string, cause?: unknown): RegistryError {
  return new RegistryError('REGISTRY_CONFIG_INVALID', `cannot use certificates of ${place}: ${reason}`, {
    cause,
    hint: 'correct the file or remove it; certificates and keys are in PEM form',
  })
}
