import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { serveHttp } from '../support/serve-http.ts'

/**
 * A proxy that answers every request for one address with the same bytes, so that all cells meet
 * the same packages.
 */
export interface CachingMirror extends AsyncDisposable {
  /**
   * A proxy for plain HTTP, and a registry for npm. The registry has no path: npm takes the host
   * alone from the address of its registry when it downloads a package.
   */
  readonly url: string
}

interface Answer {
  readonly status: number
  readonly type: string
  readonly body: Buffer
}

/** Keeps answers in `directory`. `npmRegistry` ends in a slash. */
export async function startMirror(directory: string, npmRegistry: string): Promise<CachingMirror> {
  await mkdir(directory, { recursive: true })
  const running = new Map<string, Promise<Answer>>()
  const answer = (url: string): Promise<Answer> => {
    const known = running.get(url)
    if (known !== undefined) return known
    const made = answerFrom(url, directory)
    running.set(url, made)
    // A failure is tried again by the next request.
    made.catch(() => running.delete(url))
    return made
  }
  return serveHttp(({ url = '' }, response) => {
    // Requests to a proxy have a whole address.
    const address = url.startsWith('/') ? `${npmRegistry}${url.slice(1)}` : url
    answer(address).then(
      ({ status, type, body }) =>
        response.writeHead(status, { 'content-type': type, 'content-length': body.length }).end(body),
      (error: unknown) => response.writeHead(502).end(String(error)),
    )
  })
}

async function answerFrom(url: string, directory: string): Promise<Answer> {
  const path = join(directory, createHash('sha256').update(url).digest('hex'))
  if (existsSync(path)) {
    const { status, type }: Pick<Answer, 'status' | 'type'> = JSON.parse(await readFile(`${path}.json`, 'utf8'))
    return { status, type, body: await readFile(path) }
  }
  const response = await fetch(url)
  const { status } = response
  const type = response.headers.get('content-type') ?? 'application/octet-stream'
  const body = Buffer.from(await response.arrayBuffer())
  if (status === 200 || status === 404) {
    await writeFile(`${path}.json`, JSON.stringify({ url, status, type }))
    await writeFile(`${path}.new`, body)
    await rename(`${path}.new`, path)
  }
  return { status, type, body }
}
