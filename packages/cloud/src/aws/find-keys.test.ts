import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHttpClient } from '@tsbuild/registry'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serve, type ServedAnswer, type ServedRequest, type TestServer } from '../testing/serve.ts'
import { findKeys } from './find-keys.ts'

const http = createHttpClient({ retry: { attempts: 1 } })
let directory: string
let server: TestServer
const secret = { AccessKeyId: 'ID', SecretAccessKey: 'SECRET', Token: 'TOKEN' }
const keys = { accessKeyId: 'ID', secretAccessKey: 'SECRET', sessionToken: 'TOKEN' }

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'keys-'))
  server = await serve(answer)
})
afterAll(async () => {
  await http.close()
  await server[Symbol.asyncDispose]()
  await rm(directory, { recursive: true })
})

/** STS, the service of containers and that of virtual machines. */
function answer({ method, url, headers, body }: ServedRequest): ServedAnswer {
  const expiration = new Date(Date.now() + 3_600_000).toISOString()
  if (url.pathname === '/sts') {
    const fields = new URLSearchParams(body.toString())
    const isToken = fields.get('Action') === 'AssumeRoleWithWebIdentity' && fields.get('WebIdentityToken') === 'jwt'
    const isSigned = fields.get('Action') === 'AssumeRole' && headers.authorization?.includes('/sts/aws4_request')
    if (fields.get('RoleArn') !== 'arn:role' || !(isToken || isSigned))
      return { status: 403, body: '<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>' }
    const members = Object.entries({ AccessKeyId: 'ID', SecretAccessKey: 'SECRET', SessionToken: 'TOKEN' })
    const text = members.map(([name, value]) => `<${name}>${value}</${name}>`).join('')
    return { status: 200, body: `<R><Credentials>${text}<Expiration>${expiration}</Expiration></Credentials></R>` }
  }
  const document = JSON.stringify({ ...secret, Expiration: expiration })
  if (url.pathname === '/container' && headers.authorization === 'let me in') return { status: 200, body: document }
  if (method === 'PUT' && url.pathname === '/latest/api/token') return { status: 200, body: 'session' }
  if (headers['x-aws-ec2-metadata-token'] !== 'session') return { status: 401 }
  if (url.pathname === '/latest/meta-data/iam/security-credentials/') return { status: 200, body: 'the role' }
  if (url.pathname.endsWith('/the%20role')) return { status: 200, body: document }
  return { status: 404 }
}

async function find(env: Readonly<Record<string, string>>): Promise<unknown> {
  return findKeys({ env: { HOME: directory, AWS_EC2_METADATA_DISABLED: 'true', ...env }, http })()
}

async function file(name: string, text: string): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, text)
  return path
}

test('variables come first', async () => {
  const env = {
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
    AWS_ROLE_ARN: 'c',
    AWS_WEB_IDENTITY_TOKEN_FILE: 'd',
  }
  expect(await find(env)).toEqual({ accessKeyId: 'a', secretAccessKey: 'b' })
})

test('a web identity takes its role', async () => {
  const token = await file('token', 'jwt\n')
  const env = { AWS_WEB_IDENTITY_TOKEN_FILE: token, AWS_ENDPOINT_URL_STS: `http://${server.host}/sts` }
  expect(await find({ ...env, AWS_ROLE_ARN: 'arn:role' })).toMatchObject(keys)
  await expect(find({ ...env, AWS_ROLE_ARN: 'arn:other' })).rejects.toMatchObject({
    code: 'CLOUD_FAILED',
    message: 'take the AWS role (AssumeRoleWithWebIdentity): 403 Forbidden: AccessDenied',
  })
})

test('profiles have keys, or a role of another profile', async () => {
  const AWS_SHARED_CREDENTIALS_FILE = await file(
    'credentials',
    '[default]\naws_access_key_id = a\naws_secret_access_key=b\n# no\n[ci]\naws_access_key_id=c\naws_secret_access_key=d\naws_session_token=e\n',
  )
  const AWS_CONFIG_FILE = await file(
    'config',
    '[profile deploy]\nrole_arn=arn:role\nsource_profile=ci\n[profile sso]\nsso_start_url=https://example\n',
  )
  const env = { AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE, AWS_ENDPOINT_URL_STS: `http://${server.host}/sts` }
  expect(await find(env)).toEqual({ accessKeyId: 'a', secretAccessKey: 'b' })
  expect(await find({ ...env, AWS_PROFILE: 'ci' })).toMatchObject({ accessKeyId: 'c', sessionToken: 'e' })
  expect(await find({ ...env, AWS_PROFILE: 'deploy' })).toMatchObject(keys)
  await expect(find({ ...env, AWS_PROFILE: 'nope' })).rejects.toThrow('no profile "nope"')
  await expect(find({ ...env, AWS_PROFILE: 'sso' })).rejects.toMatchObject({ hint: expect.stringContaining('export') })
})

test('a container shows its token only where that is safe', async () => {
  const token = await file('container-token', 'let me in')
  const env = { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: token }
  const place = { AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://${server.host}/container` }
  expect(await find({ ...env, ...place })).toMatchObject(keys)
  for (const uri of ['http://metadata.example/', 'http://127.evil.example/']) {
    const refused = find({ ...env, AWS_CONTAINER_CREDENTIALS_FULL_URI: uri })
    await expect(refused).rejects.toMatchObject({
      code: 'CLOUD_CREDENTIALS',
      message: expect.stringContaining('https'),
    })
  }
})

test('a virtual machine has the keys of its role, once', async () => {
  const env = { AWS_EC2_METADATA_DISABLED: '', AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://${server.host}` }
  const keysOf = findKeys({ env: { HOME: directory, ...env }, http })
  server.requests.splice(0)
  expect(await keysOf()).toMatchObject(keys)
  await keysOf()
  expect(server.requests).toHaveLength(3)
})

test('no keys at all are an error with a hint', async () => {
  await expect(find({})).rejects.toMatchObject({ code: 'CLOUD_CREDENTIALS', hint: expect.stringContaining('AWS_') })
})
