/**
 * A text with user and password in the addresses it holds replaced by `xxxxx`, as BuildKit writes
 * them into provenance.
 */
export function maskCredentials(text: string): string {
  return text.replace(/:\/\/[^/?#\s@:]*:[^/?#\s]*@/g, '://xxxxx:xxxxx@').replace(/:\/\/[^/?#\s@:]+@/g, '://xxxxx@')
}
