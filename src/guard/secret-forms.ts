/** Bytes below which a value is not searched for: shorter ones occur by chance. */
export const leastSecret = 8

/**
 * The spellings of a secret that an image is searched for: its bytes without line ends at the end,
 * UTF-16, hexadecimal digits, JSON strings, URL encodings, and base64 in both alphabets at each of
 * the three places in a group of bytes. Base64 is without the characters that depend on neighbours
 * or padding, so that any padding will do. Empty for a value of fewer than `leastSecret` bytes.
 */
export function listForms(value: Uint8Array): readonly Buffer[] {
  const plain = withoutLineEnds(value)
  if (plain.length < leastSecret) return []
  const base64 = [0, 1, 2].map((before) => base64Within(plain, before))
  const urlSafe = base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))
  const hex = plain.toString('hex')
  const texts = new Set([...base64, ...wrapped(plain), ...urlSafe, hex, hex.toUpperCase(), ...urlEncodings(plain)])
  const forms = [plain, ...[...texts].map((text) => Buffer.from(text, 'latin1')), ...textForms(plain)]
  return forms.filter((form, index) => forms.findIndex((other) => other.equals(form)) === index)
}

/** Characters of a line of base64: those of MIME and of base64(1), and those of PEM. */
const lineLengths = [76, 64]

/** Base64 of the value alone, in lines. */
function wrapped(plain: Buffer): readonly string[] {
  const text = base64Within(plain, 0)
  return lineLengths.flatMap((length) =>
    ['\n', '\r\n'].map((end) => text.replaceAll(new RegExp(`.{${length}}(?!$)`, 'g'), `$&${end}`)),
  )
}

/** Forms of a value that is UTF-8: UTF-16 in both orders, and JSON, also as Go writes it. */
function textForms(plain: Buffer): readonly Buffer[] {
  const text = plain.toString()
  if (!Buffer.from(text).equals(plain)) return []
  const json = JSON.stringify(text).slice(1, -1)
  const goJson = json.replaceAll(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`)
  const utf16 = Buffer.from(text, 'utf16le')
  return [
    utf16,
    Buffer.from(utf16).swap16(),
    ...[json, goJson, json.replaceAll('/', '\\/')].map((one) => Buffer.from(one)),
  ]
}

function withoutLineEnds(value: Uint8Array): Buffer {
  let { length } = value
  while (length > 0 && (value[length - 1] === 0x0a || value[length - 1] === 0x0d)) length -= 1
  return Buffer.from(value.buffer, value.byteOffset, length)
}

/**
 * The characters that `plain` alone decides in base64 of a text that has it behind a number of
 * bytes.
 */
function base64Within(plain: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), plain]).toString('base64')
  return text.slice(Math.ceil((before * 8) / 6), Math.floor(((before + plain.length) * 8) / 6))
}

/**
 * Characters that stay: those of `encodeURIComponent`, of RFC 3986 and of HTML forms, where a space
 * is a plus sign.
 */
const kept = [/[\w.~!*'()-]/, /[\w.~-]/, /[\w.*-]/]

function urlEncodings(plain: Buffer): readonly string[] {
  return kept.flatMap((stays, index) => {
    const encode = (byte: number): string => {
      const character = String.fromCharCode(byte)
      if (stays.test(character)) return character
      if (index === 2 && character === ' ') return '+'
      return `%${byte.toString(16).padStart(2, '0').toUpperCase()}`
    }
    const text = [...plain].map(encode).join('')
    return [text, text.replaceAll(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase())]
  })
}
