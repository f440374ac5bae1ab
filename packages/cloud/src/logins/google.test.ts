import { createVerify, generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { json, type LoginBed, openLoginBed } from '../testing/login-bed.ts'

let bed: LoginBed

beforeAll(async () => {
  bed = await openLoginBed()
})
beforeEach(() => {
  bed.server.requests.splice(0)
  bed.answer = () => ({ status: 404 })
})
afterAll(() => bed[Symbol.asyncDispose]())

test('Google: the metadata server, which names itself', async () => {
  const token = { access_token: 'ya29.token', expires_in: 3000, token_type: 'Bearer' }
  const headers = { 'metadata-flavor': 'Google' }
  bed.answer = (request) =>
    request.headers['metadata-flavor'] === 'Google' ? { ...json(token), headers } : { status: 403 }
  const env = { NO_GCE_CHECK: '', GCE_METADATA_HOST: bed.server.host }
  expect(await bed.find('us-docker.pkg.dev', env)).toMatchObject({
    place: 'Google Artifact Registry',
    entry: 'service account of the machine',
    credential: { kind: 'basic', username: 'oauth2accesstoken', password: 'ya29.token', expires: expect.any(Number) },
  })
  bed.answer = () => json(token)
  expect(await bed.find('us-docker.pkg.dev', env)).toBeUndefined()
  bed.answer = () => ({ status: 404, headers })
  expect(await bed.find('us-docker.pkg.dev', env)).toBeUndefined()
})

test('Google: a service account signs an assertion', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const token_uri = `${bed.base}/token`
  const key = {
    type: 'service_account',
    client_email: 'ci@project.example',
    private_key_id: 'key-1',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    token_uri,
  }
  bed.answer = ({ body }) => {
    const assertion = new URLSearchParams(body.toString()).get('assertion') ?? ''
    const [header = '', claims = '', signature = ''] = assertion.split('.')
    const isValid = createVerify('RSA-SHA256')
      .update(`${header}.${claims}`)
      .verify(publicKey, Buffer.from(signature, 'base64url'))
    const { iss, aud, exp, scope } = JSON.parse(Buffer.from(claims, 'base64url').toString())
    const expected = iss === 'ci@project.example' && aud === token_uri && exp > Date.now() / 1000
    const isScoped = scope === 'https://www.googleapis.com/auth/cloud-platform'
    return isValid && expected && isScoped ? json({ access_token: 'of-account', expires_in: 3599 }) : { status: 400 }
  }
  const env = { GOOGLE_APPLICATION_CREDENTIALS: await bed.file('key.json', key) }
  expect(await bed.find('gcr.io', env)).toMatchObject({
    entry: 'GOOGLE_APPLICATION_CREDENTIALS',
    credential: { password: 'of-account' },
  })
  await bed.file('key.json', { ...key, private_key: 'GEHEIM' })
  const error: unknown = await bed.find('gcr.io', env).catch((e: unknown) => e)
  expect(error).toMatchObject({ code: 'CLOUD_CREDENTIALS' })
  expect(String(error)).not.toContain('GEHEIM')
  await bed.file('key.json', { ...key, token_uri: 'http://token.example/' })
  await expect(bed.find('gcr.io', env)).rejects.toThrow('is not an https URL')
})

test('Google: the identity of a GitHub job is exchanged, then impersonates an account', async () => {
  bed.answer = (request) => {
    const form = new URLSearchParams(request.body.toString())
    switch (request.url.pathname) {
      case '/oidc':
        return request.headers.authorization === 'Bearer runtime' ? json({ value: 'github-jwt' }) : { status: 401 }
      case '/sts':
        return form.get('subject_token') === 'github-jwt' && form.get('audience') === '//iam/pool'
          ? json({ access_token: 'federated', expires_in: 3600 })
          : json({ error: 'invalid_grant' }, 400)
      default:
        return request.headers.authorization === 'Bearer federated'
          ? json({ accessToken: 'of-account', expireTime: '2999-01-01T00:00:00Z' })
          : { status: 403 }
    }
  }
  const credentials = {
    type: 'external_account',
    audience: '//iam/pool',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${bed.base}/sts`,
    service_account_impersonation_url: `${bed.base}/impersonate`,
    credential_source: {
      url: `${bed.base}/oidc`,
      headers: { Authorization: 'Bearer runtime' },
      format: { type: 'json', subject_token_field_name: 'value' },
    },
  }
  const env = { GOOGLE_APPLICATION_CREDENTIALS: await bed.file('external.json', credentials) }
  expect(await bed.find('us-docker.pkg.dev', env)).toMatchObject({
    credential: { password: 'of-account', expires: Date.parse('2999-01-01') },
  })
  const { service_account_impersonation_url: _, ...plain } = credentials
  await bed.file('external.json', {
    ...plain,
    credential_source: { file: await bed.file('gitlab-jwt', 'github-jwt\n') },
  })
  expect(await bed.find('us-docker.pkg.dev', env)).toMatchObject({ credential: { password: 'federated' } })
  await bed.file('external.json', { ...plain, credential_source: { environment_id: 'aws1', url: `${bed.base}/oidc` } })
  await expect(bed.find('us-docker.pkg.dev', env)).rejects.toMatchObject({ code: 'CLOUD_CREDENTIALS' })
})

test('Google: the login of gcloud', async () => {
  bed.answer = ({ body }) =>
    new URLSearchParams(body.toString()).get('refresh_token') === 'refresh'
      ? json({ access_token: 'of-user', expires_in: 3599 })
      : { status: 400 }
  const CLOUDSDK_CONFIG = bed.directory
  await bed.file('application_default_credentials.json', {
    type: 'authorized_user',
    client_id: 'a',
    client_secret: 'b',
    refresh_token: 'refresh',
    token_uri: `${bed.base}/token`,
  })
  expect(await bed.find('gcr.io', { CLOUDSDK_CONFIG })).toMatchObject({ credential: { password: 'of-user' } })
})
