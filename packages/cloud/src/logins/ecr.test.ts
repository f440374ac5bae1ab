import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { isSigned } from '../testing/aws-signature.ts'
import { json, type LoginBed, openLoginBed } from '../testing/login-bed.ts'
import { cloudLogins } from './cloud-logins.ts'

let bed: LoginBed

beforeAll(async () => {
  bed = await openLoginBed()
})
beforeEach(() => {
  bed.server.requests.splice(0)
  bed.answer = () => ({ status: 404 })
})
afterAll(() => bed[Symbol.asyncDispose]())

const awsKeys = { accessKeyId: 'AKIATEST', secretAccessKey: 'test/secret+key' }
const awsVariables = { AWS_ACCESS_KEY_ID: awsKeys.accessKeyId, AWS_SECRET_ACCESS_KEY: awsKeys.secretAccessKey }
const ecrHost = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'

test('ECR: a signed request for a token that lasts 12 hours, requested once', async () => {
  const expiresAt = Math.floor((Date.now() + 12 * 3_600_000) / 1000)
  bed.answer = (request) => {
    const { headers } = request
    if (!isSigned(request, awsKeys, 'ecr')) return json({ __type: 'InvalidSignatureException' }, 400)
    if (headers['x-amz-target'] !== 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken')
      return json({ __type: 'UnknownOperationException' }, 400)
    const authorizationToken = Buffer.from('AWS:ecr-password').toString('base64')
    return json({ authorizationData: [{ authorizationToken, expiresAt, proxyEndpoint: `https://${ecrHost}` }] })
  }
  const login = cloudLogins({ env: { HOME: bed.directory, ...awsVariables, AWS_ENDPOINT_URL: bed.base } })
  const found = {
    place: 'Amazon ECR',
    entry: 'AWS_ACCESS_KEY_ID',
    credential: {
      kind: 'basic',
      username: 'AWS',
      password: 'ecr-password',
      expires: expiresAt * 1000,
      ambient: true,
    },
  }
  expect(await Promise.all([login(ecrHost), login(ecrHost), login(ecrHost)])).toEqual([found, found, found])
  expect(bed.server.requests).toEqual(['POST /'])
  expect(
    await bed.find(ecrHost, { AWS_ENDPOINT_URL_ECR: bed.base, ...awsVariables, AWS_ENDPOINT_URL: 'http://[::1]:1' }),
  ).toEqual(found)
})

test('public ECR has an API of its own', async () => {
  bed.answer = (request) => {
    if (!isSigned(request, awsKeys, 'ecr-public')) return { status: 403 }
    if (request.headers['x-amz-target'] !== 'SpencerFrontendService.GetAuthorizationToken') return { status: 400 }
    const authorizationToken = Buffer.from('AWS:public').toString('base64')
    return json({ authorizationData: { authorizationToken, expiresAt: '2999-01-01T00:00:00Z' } })
  }
  const env = { ...awsVariables, AWS_ENDPOINT_URL_ECR_PUBLIC: bed.base }
  expect(await bed.find('public.ecr.aws', env)).toMatchObject({
    credential: { password: 'public', expires: Date.parse('2999-01-01') },
  })
})

test('ECR: a role of a web identity, then the token, each one request', async () => {
  const token = await bed.file('web-token', 'jwt')
  bed.answer = (request) => {
    const fields = new URLSearchParams(request.body.toString())
    if (fields.get('Action') === 'AssumeRoleWithWebIdentity' && fields.get('WebIdentityToken') === 'jwt')
      return {
        status: 200,
        body: `<Credentials><AccessKeyId>${awsKeys.accessKeyId}</AccessKeyId><SecretAccessKey>${awsKeys.secretAccessKey}</SecretAccessKey><SessionToken>session</SessionToken></Credentials>`,
      }
    if (!isSigned(request, awsKeys, 'ecr') || request.headers['x-amz-security-token'] !== 'session')
      return { status: 403 }
    const authorizationToken = Buffer.from('AWS:of-role').toString('base64')
    return json({ authorizationData: [{ authorizationToken, expiresAt: 4e9 }] })
  }
  const env = { AWS_ROLE_ARN: 'arn:role', AWS_WEB_IDENTITY_TOKEN_FILE: token, AWS_ENDPOINT_URL: bed.base }
  expect(await bed.find(ecrHost, env)).toMatchObject({
    entry: 'AWS_WEB_IDENTITY_TOKEN_FILE',
    credential: { password: 'of-role' },
  })
  expect(bed.server.requests).toHaveLength(2)
})

test('a refusal names the code of the service, and no word that may be a secret', async () => {
  bed.answer = (request) =>
    json({ __type: 'com.amazon#AccessDeniedException', message: request.headers.authorization }, 400)
  const error: unknown = await bed
    .find(ecrHost, { ...awsVariables, AWS_ENDPOINT_URL: bed.base })
    .catch((e: unknown) => e)
  expect(error).toMatchObject({
    code: 'CLOUD_FAILED',
    category: 'network',
    message: 'request a token of Amazon ECR: 400 Bad Request: AccessDeniedException',
  })
})

test('a redirect of a service is not followed', async () => {
  bed.answer = () => ({ status: 307, headers: { location: `${bed.base}/elsewhere` } })
  await expect(bed.find(ecrHost, { ...awsVariables, AWS_ENDPOINT_URL: bed.base })).rejects.toMatchObject({
    code: 'CLOUD_FAILED',
    message: expect.stringContaining('307'),
  })
  expect(bed.server.requests).toEqual(['POST /'])
})

test.each([
  { body: '{}' },
  { body: 'x'.repeat(100) },
  { body: JSON.stringify({ authorizationData: [{ authorizationToken: btoa('AWS:a\r\nb') }] }) },
  { body: JSON.stringify({ authorizationData: [{ authorizationToken: btoa('eve:pw') }] }) },
])('an answer of ECR without a usable token is an error: $body', async ({ body }) => {
  bed.answer = () => ({ status: 200, body })
  await expect(bed.find(ecrHost, { ...awsVariables, AWS_ENDPOINT_URL: bed.base })).rejects.toMatchObject({
    code: 'CLOUD_FAILED',
  })
})
