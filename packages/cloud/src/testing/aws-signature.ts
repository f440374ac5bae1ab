import { createHash, createHmac } from 'node:crypto'
import type { ServedRequest } from './serve.ts'

/** Checks a signature as the documents of AWS describe it, from the request as it was received. */
export function isSigned(
  { method, target, headers, body }: ServedRequest,
  keys: { readonly accessKeyId: string; readonly secretAccessKey: string },
  service: string,
): boolean {
  const form =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8}\/[\w-]+\/([\w-]+)\/aws4_request), SignedHeaders=(\S+), Signature=(\w+)$/
  const [, id, scope = '', scoped, names = '', given] = form.exec(headers.authorization ?? '') ?? []
  const payload = createHash('sha256').update(body).digest('hex')
  if (id !== keys.accessKeyId || scoped !== service || headers['x-amz-content-sha256'] !== payload) return false
  const [path = '', query = ''] = target.split('?')
  const fields = query === '' ? [] : query.split('&').map((field) => (field.includes('=') ? field : `${field}=`))
  const lines = names.split(';').map((name) => `${name}:${String(headers[name])}\n`)
  const canonical = [method, path, fields.sort().join('&'), lines.join(''), names, payload].join('\n')
  const digest = createHash('sha256').update(canonical).digest('hex')
  const text = `AWS4-HMAC-SHA256\n${String(headers['x-amz-date'])}\n${scope}\n${digest}`
  let key: string | Buffer = `AWS4${keys.secretAccessKey}`
  for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest()
  return createHmac('sha256', key).update(text).digest('hex') === given
}
