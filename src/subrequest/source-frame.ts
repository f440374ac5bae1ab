import type { Lines } from './location.ts'

const rule = '--------------------'

/**
 * Lines of a file with their numbers between two rules, marked `>>>`, below a heading with the
 * file's name: the form of `docker buildx`. One marked line has two lines around it, several have
 * one. Control characters are replaced.
 */
export function sourceFrame(
  { name, text }: { readonly name: string; readonly text: string },
  { first, last }: Lines,
): string {
  const lines = text.split('\n')
  if (first > lines.length) return ''
  const around = first === last ? 2 : 1
  const from = Math.max(1, first - around)
  const shown = lines.slice(from - 1, Math.min(lines.length, last + around))
  const framed = shown.map((line, index) => {
    const number = from + index
    const mark = number >= first && number <= last ? '>>>' : '   '
    return ` ${String(number).padStart(3)} | ${mark} ${safe(line)}\n`
  })
  return `${name}:${first}\n${rule}\n${framed.join('')}${rule}\n`
}

function safe(line: string): string {
  return line.replace(/\r$/, '').replace(/\p{Cc}/gu, (character) => (character === '\t' ? character : '\u{fffd}'))
}
