import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { json, type LoginBed, openLoginBed, type Variables } from '../testing/login-bed.ts'

let bed: LoginBed

beforeAll(async () => {
  bed = await openLoginBed()
})
beforeEach(() => {
  bed.server.requests.splice(0)
  bed.answer = () => ({ status: 404 })
})
afterAll(() => bed[Symbol.asyncDispose]())

const acrHost = 'myregistry.azurecr.io'
/** A token with the claim `exp`. */
const refreshToken = `e30.${Buffer.from('{"exp":4000000000}').toString('base64url')}.x`

test('Azure: a workload identity, exchanged at the registry', async () => {
  bed.answer = ({ url, body }) => {
    const form = new URLSearchParams(body.toString())
    if (url.pathname === '/tenant/oauth2/v2.0/token') {
      const isRight =
        form.get('client_assertion') === 'federated' &&
        form.get('scope') === 'https://containerregistry.azure.net/.default'
      return isRight ? json({ access_token: 'entra', expires_in: 3600 }) : json({ error: 'invalid_client' }, 401)
    }
    const isRight = form.get('access_token') === 'entra' && form.get('service') === acrHost
    return url.pathname === '/oauth2/exchange' && isRight ? json({ refresh_token: refreshToken }) : { status: 404 }
  }
  const env = {
    AZURE_TENANT_ID: 'tenant',
    AZURE_CLIENT_ID: 'client',
    AZURE_FEDERATED_TOKEN_FILE: await bed.file('azure-token', 'federated\n'),
    AZURE_AUTHORITY_HOST: bed.base,
  }
  expect(await bed.find(acrHost, env, bed.toServer)).toEqual({
    place: 'Azure Container Registry',
    entry: 'AZURE_FEDERATED_TOKEN_FILE',
    credential: { kind: 'identity', token: refreshToken, expires: 4e12, ambient: true },
  })
  expect(bed.server.requests).toEqual(['POST /tenant/oauth2/v2.0/token', 'POST /oauth2/exchange'])
  await bed.file('azure-token', 'other')
  await expect(bed.find(acrHost, env, bed.toServer)).rejects.toMatchObject({
    code: 'CLOUD_FAILED',
    message: expect.stringContaining('401 Unauthorized: invalid_client'),
  })
})

test.each([
  ['a machine', (): Variables => ({ AZURE_POD_IDENTITY_AUTHORITY_HOST: bed.base }), 'managed identity of the machine'],
  [
    'an app',
    (): Variables => ({ IDENTITY_ENDPOINT: `${bed.base}/msi`, IDENTITY_HEADER: 'h' }),
    'managed identity of the app',
  ],
])('Azure: the managed identity of %s', async (_, env, entry) => {
  bed.answer = ({ url, headers }) => {
    if (url.pathname === '/oauth2/exchange') return json({ refresh_token: refreshToken })
    const isRight = headers['metadata'] === 'true' || headers['x-identity-header'] === 'h'
    const resource = url.searchParams.get('resource')
    return isRight && resource === 'https://containerregistry.azure.net'
      ? json({ access_token: 'entra', expires_in: '3600' })
      : { status: 400 }
  }
  expect(await bed.find(acrHost, env(), bed.toServer)).toMatchObject({ entry, credential: { token: refreshToken } })
})
