import type { GitRun } from './run-git.ts'
import { SourceError } from '../transfer/source-error.ts'

/** Credentials of the caller for git. */
export interface GitAccess {
  /** Build secrets that authenticate: `GIT_AUTH_TOKEN[.host]`, `GIT_AUTH_HEADER[.host]`. */
  secret(id: string): Promise<Uint8Array | undefined>
  /** Socket of an ssh agent, for ssh addresses. */
  sshSocket(id: string): Promise<string | undefined>
  /** Variables for git, see `GitRun.env`. */
  readonly env: NodeJS.ProcessEnv
}

/**
 * Remote for git: the address without secrets, and the credentials as configuration. Of the secrets
 * `GIT_AUTH_HEADER.host`, `GIT_AUTH_TOKEN.host`, `GIT_AUTH_HEADER` and `GIT_AUTH_TOKEN` the first
 * counts, else those in the address. They are sent to this repository alone, on github.com to all
 * of them. ssh uses the agent `default`.
 */
export async function gitRemote(
  address: string,
  { secret, sshSocket }: Pick<GitAccess, 'secret' | 'sshSocket'>,
): Promise<Pick<GitRun, 'agent' | 'config'> & { readonly url: string }> {
  if (!/^https?:\/\//i.test(address))
    return { url: address, ...(isSsh(address) && { agent: await agentFor(address, sshSocket) }) }
  const url = new URL(address)
  const { host, username, password } = url
  url.username = ''
  url.password = ''
  const own = username === '' ? undefined : basic(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)
  const value = (await authorization(host, secret)) ?? own
  const scope =
    ['https://github.com/', 'https://www.github.com/'].find((prefix) => url.href.startsWith(prefix)) ?? url.href
  return {
    url: url.href,
    ...(value !== undefined && { config: [[`http.${scope}.extraheader`, `Authorization: ${value}`]] }),
  }
}

async function authorization(host: string, secret: GitAccess['secret']): Promise<string | undefined> {
  for (const suffix of [`.${host}`, '']) {
    const header = await secret(`GIT_AUTH_HEADER${suffix}`)
    if (header) return Buffer.from(header).toString().trim()
    const token = await secret(`GIT_AUTH_TOKEN${suffix}`)
    if (token) return basic(`x-access-token:${Buffer.from(token).toString().trim()}`)
  }
  return undefined
}

function basic(credentials: string): string {
  return `basic ${Buffer.from(credentials).toString('base64')}`
}

function isSsh(address: string): boolean {
  return /^(ssh:\/\/|[\w.-]+@)/i.test(address)
}

async function agentFor(address: string, sshSocket: GitAccess['sshSocket']): Promise<string> {
  const socket = await sshSocket('default')
  if (socket !== undefined) return socket
  throw new SourceError('SSH_AGENT_MISSING', `no ssh key for ${address.replace(/:[^/@:]*@/, '@')}`, {
    hint: 'pass the keys of your agent with --ssh default',
  })
}
