import { DockerfileError } from './errors.ts'

/**
 * Refuses text that is UTF-16 or UTF-32 and was decoded as UTF-8: its ASCII characters have NUL
 * characters between them, and its byte order mark became replacement characters.
 */
export function checkEncoding(text: string): void {
  const encoding = foreignEncoding(text.slice(0, 16).replace(/^(?:\0\0\ufffd\ufffd|\ufffd\ufffd(?:\0\0)?)/, ''))
  if (encoding === undefined) return
  const hint = `save it as UTF-8: "iconv -f ${encoding} -t UTF-8" does so, or "Set-Content -Encoding utf8" in PowerShell`
  throw new DockerfileError('ENCODING_UNSUPPORTED', `it is encoded in ${encoding}, not in UTF-8`, { hint })
}

function foreignEncoding(head: string): string | undefined {
  if (/^[^\0]\0\0\0[^\0]?/.test(head)) return 'UTF-32LE'
  if (/^\0\0\0[^\0]/.test(head)) return 'UTF-32BE'
  if (/^(?:[^\0]\0){2}/.test(head)) return 'UTF-16LE'
  return /^(?:\0[^\0]){2}/.test(head) ? 'UTF-16BE' : undefined
}
