import { isIPv4, isIPv6 } from 'node:net'
import { TsbuildError } from '@tsbuild/errors'

/** An address to listen on. */
export interface ListenAddress {
  readonly address: string
  /** 0 for a free one. */
  readonly port: number
  /** True if only programs of this machine reach it. */
  readonly isLoopback: boolean
}

/**
 * Reads `HOST:PORT`, `[IPV6]:PORT`, `:PORT` for all addresses, or `PORT` on loopback. Throws
 * `OPTION_INVALID`.
 */
export function parseListen(text: string): ListenAddress {
  const [, bracketed, name, digits = ''] = /^(?:(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]*)):)?(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (digits === '' || port > 65_535 || (bracketed !== undefined && !isIPv6(bracketed)))
    throw new TsbuildError('OPTION_INVALID', `cannot listen on "${text}": expected HOST:PORT, such as 127.0.0.1:5000`)
  const address = bracketed ?? (name === undefined ? '127.0.0.1' : name === '' ? '::' : name)
  return { address, port, isLoopback: isLoopback(address) }
}

/** True for the address of a registry as its clients see it: scheme, host and port. */
export function isPublicUrl(text: string): boolean {
  return /^https?:\/\/[^/?#"\s]+\/*$/.test(text)
}

function isLoopback(address: string): boolean {
  if (isIPv4(address)) return address.startsWith('127.')
  return address === '::1' || address === 'localhost'
}
