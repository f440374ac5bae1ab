import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Moto, motoMissing, startMoto } from '../testing/index.ts'
import { cloudLogins } from './cloud-logins.ts'

const title = motoMissing === undefined ? 'STS and ECR of moto' : `STS and ECR of moto (left out: ${motoMissing})`

describe.skipIf(motoMissing !== undefined)(title, () => {
  let moto: Moto
  let directory = ''
  const host = '123456789012.dkr.ecr.eu-west-1.amazonaws.com'
  const find = (env: Readonly<Record<string, string>>): Promise<unknown> =>
    cloudLogins({ env: { HOME: directory, AWS_EC2_METADATA_DISABLED: 'true', ...env } })(host)

  beforeAll(async () => {
    moto = await startMoto()
    directory = await mkdtemp(join(tmpdir(), 'moto-'))
  })
  afterAll(async () => {
    await moto[Symbol.asyncDispose]()
    await rm(directory, { recursive: true })
  })

  const ofMoto = { kind: 'basic', username: 'AWS', password: expect.stringMatching(/./), expires: expect.any(Number) }

  test('keys of variables get a token', async () => {
    const env = { AWS_ACCESS_KEY_ID: 'AKIATEST', AWS_SECRET_ACCESS_KEY: 'secret', AWS_ENDPOINT_URL: moto.endpoint }
    expect(await find(env)).toMatchObject({ entry: 'AWS_ACCESS_KEY_ID', credential: ofMoto })
  })

  test('a web identity gets a role and a token', async () => {
    const AWS_WEB_IDENTITY_TOKEN_FILE = join(directory, 'token')
    await writeFile(AWS_WEB_IDENTITY_TOKEN_FILE, 'a-token-of-an-identity-provider')
    const env = {
      AWS_WEB_IDENTITY_TOKEN_FILE,
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/ci',
      AWS_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL: moto.endpoint,
    }
    expect(await find(env)).toMatchObject({ entry: 'AWS_WEB_IDENTITY_TOKEN_FILE', credential: ofMoto })
  })

  test('a profile with a role gets a token', async () => {
    const AWS_CONFIG_FILE = join(directory, 'config')
    await writeFile(
      AWS_CONFIG_FILE,
      '[profile ci]\nrole_arn = arn:aws:iam::123456789012:role/ci\nsource_profile = base\n[profile base]\naws_access_key_id = AKIATEST\naws_secret_access_key = secret\n',
    )
    const env = { AWS_CONFIG_FILE, AWS_PROFILE: 'ci', AWS_ENDPOINT_URL: moto.endpoint }
    expect(await find(env)).toMatchObject({ entry: 'profile "ci"', credential: ofMoto })
  })
})
