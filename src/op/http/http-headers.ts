import { unescape } from 'node:querystring'

/**
 * The address and the headers of a request. A password in an address becomes a header, because
 * `fetch` refuses such addresses and repeats them in messages. Of the secrets for the host,
 * `HTTP_AUTH_TOKEN_host` comes before `HTTP_AUTH_HEADER_host`.
 */
export async function httpHeaders(
  url: string,
  secret: (id: string) => Promise<Uint8Array | undefined>,
): Promise<{ readonly address: string; readonly headers: Readonly<Record<string, string>> }> {
  const address = new URL(url)
  const { username, password } = address
  address.username = ''
  address.password = ''
  const host = address.hostname.replace(/^\[(.*)\]$/, '$1')
  const token = await readText(secret(`HTTP_AUTH_TOKEN_${host}`))
  const header = await readText(secret(`HTTP_AUTH_HEADER_${host}`))
  const own = username + password === '' ? undefined : `Basic ${base64(`${unescape(username)}:${unescape(password)}`)}`
  const authorization = token === undefined ? (header ?? own) : `Bearer ${token}`
  const headers = { 'user-agent': 'tsbuild', 'accept-encoding': 'gzip' }
  return { address: address.href, headers: authorization === undefined ? headers : { ...headers, authorization } }
}

async function readText(secret: Promise<Uint8Array | undefined>): Promise<string | undefined> {
  const bytes = await secret
  return bytes === undefined ? undefined : Buffer.from(bytes).toString().trim()
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
