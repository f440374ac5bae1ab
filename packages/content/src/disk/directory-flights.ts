import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hasErrno } from '../storage/errors.ts'
import { type Flight, flightLimit, type FlightRequest, type SingleFlight } from '../storage/single-flight.ts'
import { Claims } from './claims.ts'
import { prepareTemporary, temporaryPath } from './temporary-files.ts'

/** Work of parties that share a directory, with its holders in `claims/` and its `results/`. */
export class DirectoryFlights implements SingleFlight, AsyncDisposable {
  readonly #results: string
  readonly #drafts: string
  readonly #claims: Claims
  #preparing: Promise<void> | undefined

  constructor(directory: string) {
    this.#results = join(directory, 'results')
    this.#drafts = join(directory, 'tmp')
    this.#claims = new Claims(join(directory, 'claims'))
  }

  async join(name: string, { signal, onWait, isUsable }: FlightRequest): Promise<Uint8Array | Flight | undefined> {
    await (this.#preparing ??= this.#prepare())
    const find = async (): Promise<Uint8Array | undefined> => {
      const result = await this.#read(name)
      return result !== undefined && (await isUsable(result)) ? result : undefined
    }
    const known = await find()
    if (known !== undefined) return known
    const claim = await this.#claims.take(name, { signal, onWait })
    if (claim === undefined) return undefined
    const made = await find()
    if (made !== undefined) {
      await claim.release()
      return made
    }
    return {
      release: async (outcome) => {
        try {
          if (outcome instanceof Uint8Array) await this.#write(name, outcome)
        } finally {
          await claim.release(outcome === 'failed' ? outcome : undefined)
        }
      },
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#claims[Symbol.asyncDispose]()
  }

  async #prepare(): Promise<void> {
    await mkdir(this.#results, { recursive: true })
    await prepareTemporary(this.#drafts)
  }

  async #read(name: string): Promise<Uint8Array | undefined> {
    const path = join(this.#results, name)
    try {
      return (await stat(path)).size > flightLimit ? undefined : await readFile(path)
    } catch (error) {
      if (hasErrno(error, 'ENOENT')) return undefined
      throw error
    }
  }

  async #write(name: string, result: Uint8Array): Promise<void> {
    const draft = temporaryPath(this.#drafts)
    await writeFile(draft, result)
    await rename(draft, join(this.#results, name))
  }
}
