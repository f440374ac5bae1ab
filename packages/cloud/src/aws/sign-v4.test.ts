import { expect, test } from 'vitest'
import { sha256, signV4 } from './sign-v4.ts'

const keys = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' }
const scope = { keys, region: 'us-east-1', service: 's3', time: new Date('2013-05-24T00:00:00Z') } as const

/** The examples of the API reference of S3, "Authenticating Requests (AWS Signature Version 4)". */
test.for([
  {
    what: 'GET of a range',
    request: { method: 'GET', path: '/test.txt', headers: { range: 'bytes=0-9' }, body: '' },
    signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  },
  {
    what: 'GET with a query without value',
    request: { method: 'GET', path: '/?lifecycle', headers: {}, body: '' },
    signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  },
  {
    what: 'GET with a query',
    request: { method: 'GET', path: '/?max-keys=2&prefix=J', headers: {}, body: '' },
    signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  },
])('$what', ({ request: { method, path, headers, body }, signature }) => {
  const url = new URL(path, 'https://examplebucket.s3.amazonaws.com')
  const signed = signV4({ method, url, headers, payload: sha256(body) }, scope)
  expect(signed['authorization']).toMatch(new RegExp(`Signature=${signature}$`))
})
