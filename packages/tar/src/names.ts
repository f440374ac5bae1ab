const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Text of a file name. Bytes that are not UTF-8 become the lone surrogates U+DC80 to U+DCFF, one
 * each, so that two different names never read as the same one and `encodeName` gives the very
 * bytes back.
 */
export function decodeName(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes)
  } catch {
    return decodeLoosely(bytes)
  }
}

/** Bytes of a name made by `decodeName`. */
export function encodeName(name: string): Buffer {
  if (name.isWellFormed()) return Buffer.from(name)
  const parts: Buffer[] = []
  for (const character of name) {
    const code = character.codePointAt(0) ?? 0
    parts.push(code >= 0xdc80 && code <= 0xdcff ? Buffer.of(code - 0xdc00) : Buffer.from(character))
  }
  return Buffer.concat(parts)
}

function decodeLoosely(bytes: Uint8Array): string {
  let text = ''
  let at = 0
  while (at < bytes.length) {
    const length = characterLength(bytes, at)
    text +=
      length === 0 ? String.fromCharCode(0xdc00 + (bytes[at] ?? 0)) : strict.decode(bytes.subarray(at, at + length))
    at += length || 1
  }
  return text
}

/** Bytes of the UTF-8 character that starts at `at`, 0 when none does. */
function characterLength(bytes: Uint8Array, at: number): number {
  for (let length = 1; length <= 4 && at + length <= bytes.length; length += 1) {
    try {
      strict.decode(bytes.subarray(at, at + length))
      return length
    } catch {
      // Not a whole character yet.
    }
  }
  return 0
}
