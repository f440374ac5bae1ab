import { readAll } from '@tsbuild/content'
import type { Authority } from '../auth/authority.ts'
import { parseScopes } from '../names/scope.ts'
import { type Answer, jsonAnswer } from '../wire/answer.ts'
import type { RegistryRequest } from '../wire/request.ts'
import { WireError } from '../wire/wire-error.ts'

const longestForm = 64 * 1024

/** `GET` of a token with a Basic header, or without for what everyone may do. */
export async function readToken(request: RegistryRequest, authority: Authority): Promise<Answer> {
  const authorization = request.header('authorization')
  const user = authorization === undefined ? undefined : await authority.login({ authorization })
  if (authorization !== undefined && user === undefined) throw refusal()
  return jsonAnswer(await authority.issueToken(user, parseScopes(request.query.getAll('scope'))), noStore)
}

/** `POST` of a form with `grant_type=password`, as OAuth 2 clients of registries send it. */
export async function requestToken(request: RegistryRequest, authority: Authority): Promise<Answer> {
  const form = new URLSearchParams(Buffer.from(await readAll(request.body(), longestForm)).toString())
  if (form.get('grant_type') !== 'password')
    throw new WireError('UNSUPPORTED', 'only grant_type=password is supported', { status: 405 })
  const user = form.get('username') ?? ''
  if (!(await authority.isUser(user, form.get('password') ?? ''))) throw refusal()
  return jsonAnswer(await authority.issueToken(user, parseScopes(form.getAll('scope'))), noStore)
}

const noStore = { 'cache-control': 'no-store' }

function refusal(): WireError {
  return new WireError('UNAUTHORIZED', 'wrong user name or password', {
    headers: { 'www-authenticate': 'Basic realm="tsbuild-registry"' },
  })
}
