import { getSystemErrorMap } from 'node:util'
import { IsolationError } from '../model/errors.ts'
import { findObstacles } from '../model/obstacle.ts'
import { type Call, errno } from '../machine/call.ts'

/**
 * The error for a call that failed: for `execve` what a shell user expects, else `cannot mount proc
 * on /proc: EPERM (…)`.
 */
export function launchError(number: number, call: Call | undefined): IsolationError {
  if (call?.name === 'execve') return execError(number, call)
  const [name = `errno ${number}`, text = 'unknown error'] = getSystemErrorMap().get(-number) ?? []
  return new IsolationError('LAUNCH_FAILED', `cannot ${call?.purpose ?? 'launch the process'}: ${name} (${text})`, {
    obstacles: call === undefined ? [] : findObstacles(call, name),
    ...(call?.name === 'prlimit64' && name === 'EPERM' && { hint: raiseLimit }),
  })
}

const raiseLimit = 'only root of the machine raises a hard limit: ask for less, or start the builder with a higher one'

function execError(number: number, call: Call): IsolationError {
  const program = programName(call)
  switch (number) {
    case errno.ENOENT:
    case errno.ENOTDIR:
      if (!program.includes('/'))
        return new IsolationError('EXEC_NOT_FOUND', `exec: "${program}": executable file not found in $PATH`)
      return new IsolationError('EXEC_NOT_FOUND', `exec ${program}: no such file or directory`, {
        hint: 'the file is missing, or the interpreter or loader it names is',
      })
    case errno.ENOEXEC:
      return new IsolationError('EXEC_FORMAT', `exec ${firstPath(call)}: exec format error`, {
        hint: 'it is built for another processor, or a script without a #! line',
      })
    case errno.E2BIG:
      return new IsolationError('LAUNCH_FAILED', `exec ${firstPath(call)}: argument list too long`, {
        hint: 'an argument or a variable has at most 128 KiB: begin a long heredoc with a #! line, or copy it as a file',
      })
    case errno.EACCES:
      return new IsolationError('EXEC_DENIED', `exec: "${program}": permission denied`)
    default: {
      const [name = `errno ${number}`, text = 'unknown error'] = getSystemErrorMap().get(-number) ?? []
      return new IsolationError('LAUNCH_FAILED', `exec ${program}: ${name} (${text})`)
    }
  }
}

/** The file that was tried. */
function firstPath({ args: [path] }: Call): string {
  return typeof path === 'string' ? path : ''
}

/** The program by its requested name: `argv[0]`. */
function programName(call: Call): string {
  const argv = call.args[1]
  const program = typeof argv === 'object' && 'words' in argv ? argv.words[0] : undefined
  return typeof program === 'string' ? program : ''
}
