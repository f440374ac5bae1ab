import type { Range } from '@tsbuild/dockerfile'
import { exitCodes } from './exit.ts'

/** What there is to say about an error, whoever threw it. */
export interface Failure {
  readonly code?: string
  readonly message: string
  /** Messages further down the chain that say something new. */
  readonly causes: readonly string[]
  readonly hint?: string
  /** Where in the Dockerfile. */
  readonly range?: Range
}

/** What was asked for is at fault, by our own codes and by commander's. */
const usageCodes = /^(USAGE$|commander\.|(OUTPUT_CONFLICT|OUTPUT_NAME_MISSING|ANNOTATION_INVALID|CONTEXT_NOT_FOUND|DOCKERFILE_NOT_FOUND)$)/
/** RUN cannot be isolated on this machine. */
const isolationCodes = /^(RUNG_|NO_RUNG|ISOLATION)/
/** Codes of our registry client, of the system's network calls, of undici, and of TLS. */
const networkCodes =
  /^(REGISTRY_|CREDENTIALS_|UND_ERR_|CERT_|ERR_TLS_|(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ECONNABORTED|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT_LOCALLY)$)/

/** Collects what an error and its causes say; the outermost code, hint and range count. */
export function describeFailure(error: unknown): Failure {
  const chain = chainOf(error)
  const code = first(chain, codeOf)
  const hint = first(chain, (link) => textOf(link, 'hint'))
  const range = first(chain, rangeOf)
  const [message = 'unknown error', ...messages] = chain.map(messageOf)
  return {
    message,
    causes: messages.filter((text, index) => ![message, ...messages.slice(0, index)].some((said) => said.includes(text))),
    ...(code === undefined ? {} : { code }),
    ...(hint === undefined ? {} : { hint }),
    ...(range === undefined ? {} : { range }),
  }
}

/** The exit code that the first telling code in the chain of causes asks for; 1 without one. */
export function exitCodeOf(error: unknown): number {
  const told = first(chainOf(error), (link) => {
    const code = codeOf(link) ?? ''
    if (usageCodes.test(code)) return exitCodes.usage
    if (isolationCodes.test(code)) return exitCodes.isolation
    return networkCodes.test(code) ? exitCodes.network : undefined
  })
  return told ?? exitCodes.failed
}

/** The error and its causes, outermost first; bounded, since a chain can be a ring. */
function chainOf(error: unknown): readonly unknown[] {
  const chain: unknown[] = []
  let link = error
  while (link !== undefined && link !== null && chain.length < 10) {
    chain.push(link)
    link = link instanceof AggregateError && link.cause === undefined ? link.errors[0] : link instanceof Error ? link.cause : undefined
  }
  return chain
}

function first<T>(chain: readonly unknown[], pick: (link: unknown) => T | undefined): T | undefined {
  for (const link of chain) {
    const found = pick(link)
    if (found !== undefined) return found
  }
  return undefined
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.message || codeOf(error) || error.name
}

function codeOf(error: unknown): string | undefined {
  return textOf(error, 'code')
}

function textOf(value: unknown, key: 'code' | 'hint'): string | undefined {
  const text: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
  return typeof text === 'string' ? text : undefined
}

function rangeOf(value: unknown): Range | undefined {
  const range: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'range') : undefined
  return isRange(range) ? range : undefined
}

function isRange(value: unknown): value is Range {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['start', 'end'].every((key) => Number.isSafeInteger(Reflect.get(Object(Reflect.get(value, key)), 'line')))
  )
}
