import type { ByteRange } from './ranges.ts'

/** Answer of an endpoint. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Uint8Array | FileBody
}

/** A file, or a part of it, that is sent as the body. */
export interface FileBody {
  readonly path: string
  /** Bytes of the whole file. */
  readonly size: number
  readonly range?: ByteRange | undefined
}

/** An answer in JSON. */
export function jsonAnswer(value: unknown, headers: Answer['headers'] = {}): Answer {
  return {
    status: 200,
    headers: { 'content-type': 'application/json', ...headers },
    body: `${JSON.stringify(value)}\n`,
  }
}
