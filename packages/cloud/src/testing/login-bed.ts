import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHttpClient, type Fetch, type FoundCredential } from '@tsbuild/registry'
import { cloudLogins } from '../logins/cloud-logins.ts'
import { serve, type ServedAnswer, type ServedRequest, type TestServer } from './serve.ts'

/** Variables of a machine. */
export type Variables = Readonly<Record<string, string>>

/** A server for the services of clouds, and a home directory; disposing ends both. */
export interface LoginBed extends AsyncDisposable {
  readonly server: TestServer
  /** The address of the server, for the variables with which clouds replace their end points. */
  readonly base: string
  readonly directory: string
  answer: (request: ServedRequest) => ServedAnswer
  /** Requests to any host reach the server. */
  readonly toServer: Fetch
  find(registry: string, env: Variables, fetch?: Fetch): Promise<FoundCredential | undefined>
  file(name: string, content: unknown): Promise<string>
}

/** No metadata service. */
const elsewhere: Variables = {
  AWS_EC2_METADATA_DISABLED: 'true',
  NO_GCE_CHECK: 'true',
  AZURE_POD_IDENTITY_AUTHORITY_HOST: 'http://127.0.0.1:1',
}

/** Starts the server; it answers 404 until `answer` is set. */
export async function openLoginBed(): Promise<LoginBed> {
  const directory = await mkdtemp(join(tmpdir(), 'logins-'))
  const direct = createHttpClient({ env: {}, retry: { attempts: 1 } })
  const server = await serve((request) => bed.answer(request))
  const base = `http://${server.host}`
  const bed: LoginBed = {
    server,
    base,
    directory,
    answer: () => ({ status: 404 }),
    toServer: async (request) =>
      direct.fetch({ ...request, url: new URL(request.url.pathname + request.url.search, base) }),
    find: (registry, env, fetch) =>
      cloudLogins({ env: { HOME: directory, ...elsewhere, ...env }, ...(fetch && { fetch }) })(registry),
    file: async (name, content) => {
      const path = join(directory, name)
      await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content))
      return path
    },
    [Symbol.asyncDispose]: async () => {
      await direct.close()
      await server[Symbol.asyncDispose]()
      await rm(directory, { recursive: true })
    },
  }
  return bed
}

/** An answer in JSON. */
export function json(value: unknown, status = 200): ServedAnswer {
  return { status, body: JSON.stringify(value) }
}
