import { type Dockerfile, DockerfileError, type DockerfileErrorCode, parseDockerfile } from '@tsbuild/dockerfile'

/**
 * Codes of errors in the file as a whole, found before instructions are separated or while stages
 * are collected.
 */
const fileErrors: ReadonlySet<string> = new Set<DockerfileErrorCode>([
  'DIRECTIVE_DUPLICATE',
  'DIRECTIVE_INVALID',
  'EXPANSION_FAILED',
  'FROM_NOT_CONSTANT',
  'HEREDOC_UNTERMINATED',
  'JSON_NOT_STRINGS',
  'LINE_TOO_LONG',
  'NO_STAGE',
])

/**
 * Parses the file of a build. An error in an instruction names its line, as in BuildKit. Throws
 * `DockerfileError`.
 */
export function parseFile({ name, text }: { readonly name: string; readonly text: string }): Dockerfile {
  try {
    return parseDockerfile(text, { name })
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error
    if (error.code !== 'ENCODING_UNSUPPORTED') throw withLine(error)
    throw new DockerfileError(error.code, `cannot read "${name}": ${error.message}`, { cause: error })
  }
}

function withLine(error: DockerfileError): DockerfileError {
  const { code, message, range } = error
  const isOfFile = fileErrors.has(code) || /^Syntax error|^(?:ENV|LABEL) must have/.test(message)
  if (range === undefined || isOfFile) return error
  return new DockerfileError(code, `dockerfile parse error on line ${range.start.line}: ${message}`, { cause: error })
}
