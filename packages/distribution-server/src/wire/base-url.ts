/** A host and port of a header: a name, an address, or an IPv6 address in brackets. */
const hostPattern = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,253})|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/

/**
 * Address of the server as the client wrote it, for the one place that needs an absolute URL. A
 * malformed `Host` header is replaced by `fallback`.
 */
export function baseUrl(
  host: string | undefined,
  { secure, fallback }: { readonly secure: boolean; readonly fallback: string },
): string {
  return `${secure ? 'https' : 'http'}://${host !== undefined && hostPattern.test(host) ? host : fallback}`
}
