import type { Fetch } from '@tsbuild/registry'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { json, type LoginBed, openLoginBed } from '../testing/login-bed.ts'
import { serve } from '../testing/serve.ts'
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

const awsVariables = { AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'secret' }
const ecrHost = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'

/** Every identity at once. */
const all = {
  ...awsVariables,
  AZURE_TENANT_ID: 'tenant',
  AZURE_CLIENT_ID: 'client',
  AZURE_CLIENT_SECRET: 'secret',
  GCE_METADATA_HOST: '127.0.0.1:1',
  NO_GCE_CHECK: 'false',
  GITHUB_ACTIONS: 'true',
  GITHUB_TOKEN: 'ghs_secret',
  GITLAB_CI: 'true',
  CI_REGISTRY: 'registry.gitlab.example',
  CI_REGISTRY_USER: 'job',
  CI_REGISTRY_PASSWORD: 'secret',
}

test.each([
  '123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.org',
  '123.dkr.ecr.eu-west-1.amazonaws.com.evil.org',
  '123.dkr.ecr.eu-west-1.amazonaws.com',
  'evil.org.dkr.ecr.eu-west-1.amazonaws.com',
  '123456789012.dkr.ecr.evil.org.amazonaws.com',
  '123456789012.dkr.ecr.eu-west-1.amazonaws.com.',
  '123456789012.dkr.ecr.eu-west-1.amazonaws.com:443',
  '123456789012.dkr.ecr.eu-west-1-amazonaws.com',
  'x123456789012.dkr.ecr.eu-west-1.amazonaws.com',
  '123456789012.dkrxecr.eu-west-1.amazonaws.com',
  'public.ecr.aws.evil.org',
  'evil.public.ecr.aws',
  'ghcr.io.evil',
  'ghcr.io.',
  'ghcr.io:443',
  'xghcr.io',
  'evil.ghcr.io',
  'gcr.io.evil.org',
  'evilgcr.io',
  'evil.gcr.io',
  'gcr.io:8443',
  'evil.org-docker.pkg.dev',
  'evil-docker.pkg.dev.evil.org',
  'us-docker.pkg.dev.',
  'docker.pkg.dev',
  'name.azurecr.io.evil.org',
  'evil.name.azurecr.io',
  'nameazurecr.io',
  'name1.azurecr.io:443',
  'azurecr.io',
  'registry.gitlab.example.evil.org',
  'registry.gitlab.example:5050',
  'docker.io',
  'localhost:5000',
  'mcr.microsoft.com',
])('%s gets nothing, and no service is asked', async (registry) => {
  let asked = 0
  const refuse: Fetch = async () => {
    asked++
    throw new Error('asked')
  }
  expect(await bed.find(registry, all, refuse)).toBeUndefined()
  expect(asked).toBe(0)
})

test.each([
  [ecrHost, 'https://api.ecr.eu-west-1.amazonaws.com/'],
  ['123456789012.DKR.ECR.eu-west-1.amazonaws.com', 'https://api.ecr.eu-west-1.amazonaws.com/'],
  ['123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com', 'https://ecr-fips.us-gov-west-1.amazonaws.com/'],
  ['123456789012.dkr-ecr.eu-central-1.on.aws', 'https://api.ecr.eu-central-1.amazonaws.com/'],
  ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'https://api.ecr.cn-north-1.amazonaws.com.cn/'],
  ['public.ecr.aws', 'https://api.ecr-public.us-east-1.amazonaws.com/'],
  ['gcr.io', 'http://127.0.0.1:1/computeMetadata/v1/instance/service-accounts/default/token'],
  ['eu.gcr.io', 'http://127.0.0.1:1/computeMetadata/v1/instance/service-accounts/default/token'],
  ['europe-docker.pkg.dev', 'http://127.0.0.1:1/computeMetadata/v1/instance/service-accounts/default/token'],
  [
    'northamerica-northeast1-docker.pkg.dev',
    'http://127.0.0.1:1/computeMetadata/v1/instance/service-accounts/default/token',
  ],
  ['myregistry.azurecr.io', 'https://login.microsoftonline.com/tenant/oauth2/v2.0/token'],
  ['myregistry-a1b2c3.azurecr.cn', 'https://login.chinacloudapi.cn/tenant/oauth2/v2.0/token'],
  ['myregistry.azurecr.us', 'https://login.microsoftonline.us/tenant/oauth2/v2.0/token'],
])('%s is logged in at through %s', async (registry, service) => {
  const asked: string[] = []
  const note: Fetch = async (request) => {
    asked.push(request.url.href)
    return { status: 403, url: request.url, headers: new Headers(), body: (async function* () {})() }
  }
  await bed.find(registry, all, note).catch(() => {})
  expect(asked).toEqual([service])
})

test('a metadata server that hangs is left after a second', async () => {
  bed.server.delay = 60_000
  try {
    const env = { NO_GCE_CHECK: '', GCE_METADATA_HOST: bed.server.host }
    expect(await bed.find('gcr.io', env)).toBeUndefined()
    expect(
      await bed.find(ecrHost, { AWS_EC2_METADATA_DISABLED: '', AWS_EC2_METADATA_SERVICE_ENDPOINT: bed.base }),
    ).toBeUndefined()
    expect(await bed.find('myregistry.azurecr.io', { AZURE_POD_IDENTITY_AUTHORITY_HOST: bed.base })).toBeUndefined()
  } finally {
    bed.server.delay = 0
  }
})

test('GitHub: the token of a job, for the registry of its own server', async () => {
  const job = { GITHUB_ACTIONS: 'true', GITHUB_TOKEN: 'ghs', GITHUB_ACTOR: 'octocat' }
  expect(await bed.find('ghcr.io', job)).toEqual({
    place: 'GitHub Actions',
    entry: 'GITHUB_TOKEN',
    credential: { kind: 'basic', username: 'octocat', password: 'ghs', ambient: true },
  })
  expect(await bed.find('GHCR.io', job)).toBeDefined()
  expect(await bed.find('ghcr.io', { ...job, GITHUB_ACTIONS: '' })).toBeUndefined()
  expect(await bed.find('ghcr.io', { ...job, GITHUB_TOKEN: '' })).toBeUndefined()
  const enterprise = { ...job, GITHUB_SERVER_URL: 'https://git.example' }
  expect(await bed.find('ghcr.io', enterprise)).toBeUndefined()
  expect(await bed.find('containers.git.example', enterprise)).toBeDefined()
  expect(await bed.find('containers.git.example', job)).toBeUndefined()
})

test('GitLab: the login of a job', async () => {
  const job = {
    GITLAB_CI: 'true',
    CI_REGISTRY: 'registry.example:5050',
    CI_REGISTRY_USER: 'u',
    CI_REGISTRY_PASSWORD: 'p',
  }
  expect(await bed.find('registry.example:5050', job)).toMatchObject({ credential: { username: 'u', password: 'p' } })
  expect(await bed.find('registry.example', job)).toBeUndefined()
  expect(await bed.find('registry.example:5050', { ...job, GITLAB_CI: '' })).toBeUndefined()
})

test('TSBUILD_CLOUD_LOGIN turns it off', async () => {
  const job = { GITHUB_ACTIONS: 'true', GITHUB_TOKEN: 'ghs' }
  expect(await bed.find('ghcr.io', { ...job, TSBUILD_CLOUD_LOGIN: 'off' })).toBeUndefined()
  expect(await bed.find('ghcr.io', { ...job, TSBUILD_CLOUD_LOGIN: 'on' })).toBeDefined()
  await expect(bed.find('ghcr.io', { ...job, TSBUILD_CLOUD_LOGIN: 'maybe' })).rejects.toMatchObject({
    code: 'CLOUD_CREDENTIALS',
  })
})

test('a login is renewed before it expires, and after a failure', async () => {
  let lifetime = 30
  bed.answer = () => ({
    ...json({ access_token: 'ya29.token', expires_in: lifetime }),
    headers: { 'metadata-flavor': 'Google' },
  })
  const login = cloudLogins({ env: { HOME: bed.directory, GCE_METADATA_HOST: bed.server.host } })
  await login('gcr.io')
  lifetime = 3600
  await Promise.all([login('gcr.io'), login('gcr.io')])
  await login('gcr.io')
  expect(bed.server.requests).toHaveLength(2)
})

test('the proxy gets no question for a metadata service', async () => {
  const proxied: string[] = []
  await using proxy = await serve(({ target }) => {
    proxied.push(target)
    return { status: 502 }
  })
  const env = { NO_GCE_CHECK: '', GCE_METADATA_HOST: '169.254.169.254:1', HTTP_PROXY: `http://${proxy.host}` }
  expect(await bed.find('gcr.io', env)).toBeUndefined()
  expect(proxied).toEqual([])
})
