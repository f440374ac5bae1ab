/** Words of 64 bits in a row: kind, six arguments, and a row to go on with instead of the next. */
export const rowWords = 8

/**
 * Kinds of rows other than system calls. `away`: goes on with the last word of the row.
 *
 * | kind | arguments |
 * |---|---|
 * | end | result |
 * | copy | from, to, bytes |
 * | jump | number of 32 bits, mask, value: away if the number under the mask is the value |
 * | digits | number of 32 bits, end: writes decimal digits before the end |
 * | name | text, size: away unless it is the name of a file that does not begin with two dots |
 * | mark | number, bytes, mask: away if the byte at the number under the mask is not 0 |
 * | find | text, size, slots, mask, word: the word of the text's slot; away if it has none |
 * | above | text, size, to: copies the text up to its last slash, which must be inside it |
 * | normal | text, size: away unless it is an absolute path of names as `name` allows |
 *
 * Arguments are addresses, but for `result`, `bytes` to copy, `mask` and `value`. A size is
 * a word of 64 bits; a text that is empty or has no zero byte in it leads away.
 */
export const rowKind = {
  end: -1,
  copy: -2,
  jump: -3,
  digits: -4,
  name: -5,
  mark: -6,
  find: -7,
  above: -8,
  normal: -9,
} as const

/**
 * Bytes of a slot: a word, and a text with a zero byte behind it. A text has two: that of its hash,
 * and the one beside it (128 bytes away from it, so slots begin at a multiple of 256).
 */
export const slotSize = 128

/** Slot of a text of bytes below 256, before the mask. */
export function hashText(text: string): number {
  let hash = 0
  for (let index = 0; index < text.length; index += 1) hash = (Math.imul(hash, 33) + text.charCodeAt(index)) | 0
  return (hash ^ (hash >>> 15)) >>> 0
}
