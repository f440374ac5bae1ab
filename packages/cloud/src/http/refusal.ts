import { drain, type HttpResponse, statusText } from '@tsbuild/registry'

/** Answer of a service that refuses a request. */
export interface Refusal {
  /** `403 Forbidden: AccessDenied`. */
  readonly reason: string
  /** Code of the server, such as `NoSuchBucket`. */
  readonly answer: string | undefined
}

/** Limit of the body of an error, in bytes. */
const maxBody = 64 * 1024

/** Reads status and code of an unwanted answer. Other words of the server may repeat a token. */
export async function readRefusal(response: HttpResponse): Promise<Refusal> {
  const { status, headers } = response
  const body = Buffer.from(await drain(response, maxBody)).toString('utf8')
  const code = headers.get('x-ms-error-code') ?? codeIn(body)
  const answer = code !== undefined && /^[A-Za-z][\w.-]{0,59}$/.test(code) ? code : undefined
  return { reason: [await statusText(status), ...(answer === undefined ? [] : [answer])].join(': '), answer }
}

/** `<Code>` of XML (S3, Azure); `code`, `error` of JSON (Twirp, OAuth), `__type` (AWS). */
function codeIn(body: string): string | undefined {
  const [, code] =
    /<Code>([^<]{1,60})<\/Code>/.exec(body) ??
    /"(?:code|error)"\s*:\s*"([^"]{1,60})"/.exec(body) ??
    /"__type"\s*:\s*"(?:[^"]{1,100}#)?([^"#]{1,60})"/.exec(body) ??
    []
  return code
}
