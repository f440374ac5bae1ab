import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { findProgram, type Obstacle } from './obstacle.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** The headless Chromium of Debian, or the whole browser where that is installed. */
const browsers = ['chromium-headless-shell', 'chromium']

/** Reason why no page can be opened here. */
export function withoutBrowser(): Obstacle {
  return browsers.some((name) => findProgram(name) !== undefined) ? undefined : 'Chromium not installed'
}

/** An open page. */
export interface BrowserPage {
  /** Everything that went wrong, and every address that was requested besides the page itself. */
  readonly troubles: readonly string[]
  /** Value of an expression in the page. The content security policy does not bind it. */
  evaluate<T>(expression: string): Promise<T>
  /** Calls a method of the DevTools protocol. */
  send<T>(method: string, parameters?: object): Promise<T>
  /** Presses and releases a key. */
  press(key: string): Promise<void>
  /** Sets the width of the window in CSS pixels, and the theme. */
  view(width: number, theme: 'light' | 'dark'): Promise<void>
}

/** A browser without a window. */
export interface Browser extends AsyncDisposable {
  /** Opens an address, and resolves when it has loaded. */
  open(address: string): Promise<BrowserPage>
}

interface Message {
  readonly id?: number
  readonly method?: string
  readonly params?: Readonly<Record<string, unknown>>
  readonly result?: unknown
  readonly error?: { readonly message: string }
  readonly sessionId?: string
}

/** Starts a browser with a profile of its own. It is reached through pipes. */
export async function openBrowser(): Promise<Browser> {
  const program = browsers.map(findProgram).find((path) => path !== undefined) ?? 'chromium'
  const profile = await temporaryDirectory()
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--remote-debugging-pipe']
  const child = spawn(program, [...flags, `--user-data-dir=${profile.path}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, HOME: profile.path },
  })
  const connection = new Connection(child)
  return {
    open: (address) => openPage(connection, address),
    [Symbol.asyncDispose]: async () => {
      const ended = child.exitCode === null ? once(child, 'close') : Promise.resolve()
      await connection.send('Browser.close').catch(() => undefined)
      // Helpers of the browser may outlive it.
      if (child.pid !== undefined) endGroup(child.pid)
      await ended
      await profile[Symbol.asyncDispose]()
    },
  }
}

function endGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL')
  } catch {
    // It has ended.
  }
}

async function openPage(connection: Connection, address: string): Promise<BrowserPage> {
  const { targetId } = await connection.send<{ targetId: string }>('Target.createTarget', { url: 'about:blank' })
  const { sessionId } = await connection.send<{ sessionId: string }>('Target.attachToTarget', {
    targetId,
    flatten: true,
  })
  const troubles: string[] = []
  const loaded = Promise.withResolvers<void>()
  connection.listen(sessionId, (method, params) => {
    const request = params['request']
    if (method === 'Network.requestWillBeSent' && isRequest(request) && request.url !== address)
      troubles.push(`requests ${request.url}`)
    if (['Log.entryAdded', 'Runtime.exceptionThrown', 'Runtime.consoleAPICalled'].includes(method))
      troubles.push(`${method} ${JSON.stringify(params)}`)
    if (method === 'Page.loadEventFired') loaded.resolve()
  })
  const send = <T>(method: string, parameters: object = {}): Promise<T> =>
    connection.send<T>(method, parameters, sessionId)
  for (const domain of ['Network', 'Log', 'Runtime', 'Page']) await send(`${domain}.enable`)
  await send('Page.navigate', { url: address })
  await loaded.promise
  return {
    troubles,
    send,
    evaluate: async <T>(expression: string) => {
      const { result } = await send<{ result: { value: T } }>('Runtime.evaluate', { expression, returnByValue: true })
      return result.value
    },
    press: async (key) => {
      const code = { key, code: key, windowsVirtualKeyCode: key === 'Tab' ? 9 : 13 }
      for (const type of ['rawKeyDown', 'keyUp']) await send('Input.dispatchKeyEvent', { type, ...code })
    },
    view: async (width, theme) => {
      await send('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile: false })
      await send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: theme }] })
    },
  }
}

function isRequest(value: unknown): value is { readonly url: string } {
  return typeof value === 'object' && value !== null && 'url' in value
}

/** The DevTools protocol over pipes: JSON messages, each with a zero byte behind it. */
class Connection {
  readonly #output: Writable
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>()
  readonly #listeners = new Map<string, (method: string, params: Readonly<Record<string, unknown>>) => void>()
  #last = 0

  constructor(child: ChildProcess) {
    this.#output = child.stdio[3] as Writable
    this.#output.on('error', () => undefined)
    void this.#read(child.stdio[4] as Readable)
  }

  listen(session: string, listener: (method: string, params: Readonly<Record<string, unknown>>) => void): void {
    this.#listeners.set(session, listener)
  }

  async send<T>(method: string, params: object = {}, sessionId?: string): Promise<T> {
    const id = (this.#last += 1)
    const answer = Promise.withResolvers<unknown>()
    this.#waiting.set(id, answer)
    this.#output.write(`${JSON.stringify({ id, method, params, ...(sessionId && { sessionId }) })}\0`)
    return (await answer.promise) as T
  }

  async #read(input: Readable): Promise<void> {
    const pieces: Buffer[] = []
    for await (const chunk of input as AsyncIterable<Buffer>) {
      let rest = chunk
      for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
        this.#take(JSON.parse(Buffer.concat([...pieces.splice(0), rest.subarray(0, end)]).toString()) as Message)
        rest = rest.subarray(end + 1)
      }
      pieces.push(rest)
    }
    for (const answer of this.#waiting.values()) answer.reject(new Error('The browser has ended'))
  }

  #take({ id, method, params = {}, result, error, sessionId = '' }: Message): void {
    if (method !== undefined) return this.#listeners.get(sessionId)?.(method, params)
    const answer = this.#waiting.get(id ?? 0)
    this.#waiting.delete(id ?? 0)
    if (error === undefined) answer?.resolve(result)
    else answer?.reject(new Error(error.message))
  }
}
