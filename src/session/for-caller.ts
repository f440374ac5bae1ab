import type { Bytes } from '@tsbuild/content'
import { callerError, findCallerPart } from '../caller-error.ts'
import type { CredentialProvider } from '../caller-keychain.ts'
import { type BuildRequest, type ContextInput, isStream } from '../build-request.ts'
import type { BuildOptions } from '../options.ts'
import type { BuildEvent, Reporter } from '../progress/event.ts'
import { BuildError } from '../build-error.ts'
import { knownError } from '../known-error.ts'
import { checkOptions } from './options/check-options.ts'
import { OptionError, wrongValue } from './options/option-value.ts'
import { settleOptions } from './settle-options.ts'

/**
 * Checks the options, then runs a build with the caller's code kept apart. An error that `report`
 * throws ends the build, which rejects with it; so does one of the context stream or of a function
 * for credentials. A build whose signal is aborted rejects with `BuildError` `ABORTED`, for any
 * error that the abort causes.
 */
export async function forCaller<T>(options: BuildOptions, action: (request: BuildRequest) => Promise<T>): Promise<T> {
  checkOptions(options)
  const { credentials, signal: wanted } = options
  const caller = new AbortController()
  const { signal: broken } = caller
  const report = guardReport(options.report ?? (() => {}), caller, wanted)
  const signal = AbortSignal.any(wanted === undefined ? [broken] : [wanted, broken])
  try {
    signal.throwIfAborted()
    const settled = settleOptions(options)
    const result = await action({
      ...settled,
      context: guardContext(settled.context),
      contexts: Object.fromEntries(
        Object.entries(settled.contexts).map(([name, given]) => [name, guardContext(given)]),
      ),
      ...(typeof credentials === 'function' && { credentials: guardCredentials(credentials, caller) }),
      report,
      signal,
    })
    broken.throwIfAborted()
    return result
  } catch (error) {
    if (broken.aborted) throw broken.reason
    if (wanted?.aborted) throw new BuildError('ABORTED', 'the build was aborted', { cause: wanted.reason })
    throw findCallerPart(error) === undefined ? knownError(error) : error
  }
}

/**
 * A reporter for code that cannot deal with errors of it: the first one aborts the build, and
 * later events are dropped. A build that is `wanted` no longer does not wait for it.
 */
function guardReport(report: Reporter, caller: AbortController, wanted: AbortSignal | undefined): Reporter {
  const fail = (error: unknown): void => caller.abort(callerError(error, 'report'))
  return (event: BuildEvent): unknown => {
    if (caller.signal.aborted) return undefined
    try {
      const answer = report(event)
      if (!(answer instanceof Promise)) return undefined
      // A rejection that is left alone would end the process of the caller.
      const taken: Promise<unknown> = answer.catch(fail)
      return wanted === undefined ? taken : unlessAborted(taken, wanted)
    } catch (error) {
      return fail(error)
    }
  }
}

/** A provider whose first error ends the build, which rejects with it. */
function guardCredentials(provider: CredentialProvider, caller: AbortController): CredentialProvider {
  return async (registry, repository) => {
    try {
      return await provider(registry, repository)
    } catch (error) {
      caller.abort(callerError(error, 'credentials'))
      throw error
    }
  }
}

/** Resolves with the promise or when the signal fires. */
async function unlessAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>()
  const release = (): void => aborted.resolve()
  signal.addEventListener('abort', release)
  if (signal.aborted) release()
  try {
    await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', release)
  }
}

function guardContext(context: ContextInput): ContextInput {
  return isStream(context) ? guardStream(context) : context
}

async function* guardStream(stream: Bytes): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) {
      if (!isBytes(chunk)) throw wrongValue('context', 'a stream of Uint8Array', `a stream with a ${typeof chunk}`)
      yield chunk
    }
  } catch (error) {
    throw error instanceof OptionError ? error : callerError(error, 'context')
  }
}

/** Streams of Node yield strings once an encoding is set. */
function isBytes(chunk: unknown): chunk is Uint8Array {
  return chunk instanceof Uint8Array
}
