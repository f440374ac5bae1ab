import { abortable } from '@tsbuild/content'
import { TsbuildError } from '@tsbuild/errors'
import type { Invocation } from './invocation.ts'

/** Characters of an answer. */
const maxLength = 64 * 1024

/**
 * Asks on the terminal for one answer per label; those with `hidden` are not shown. Rejects with
 * `ABORTED` on Ctrl-C, Ctrl-D and the end of the input.
 */
export async function prompt(
  { stdin, stderr, signal }: Pick<Invocation, 'stdin' | 'stderr' | 'signal'>,
  questions: readonly { readonly label: string; readonly hidden?: boolean }[],
): Promise<readonly string[]> {
  const answers: string[] = []
  const decoder = new TextDecoder()
  let answer: string[] = []
  stdin.setRawMode?.(true)
  try {
    stderr.write(questions[0]?.label ?? '')
    for await (const chunk of abortable(stdin, signal)) {
      for (const key of decoder.decode(chunk, { stream: true })) {
        const hidden = questions[answers.length]?.hidden === true
        if (key === interrupt || key === endOfInput) throw interrupted()
        if (key === '\r' || key === '\n') {
          stderr.write('\r\n')
          answers.push(answer.join(''))
          answer = []
          if (answers.length === questions.length) return answers
          stderr.write(questions[answers.length]?.label ?? '')
        } else if (erasing.has(key)) {
          if (answer.pop() !== undefined && !hidden) stderr.write('\b \b')
        } else if (key >= ' ' && answer.push(key) < maxLength && !hidden) stderr.write(key)
      }
    }
  } finally {
    stdin.setRawMode?.(false)
  }
  throw interrupted()
}

const interrupt = '\u0003'
const endOfInput = '\u0004'
const erasing: ReadonlySet<string> = new Set(['\u007f', '\b'])

function interrupted(): TsbuildError<'ABORTED'> {
  return new TsbuildError('ABORTED', 'interrupted')
}
