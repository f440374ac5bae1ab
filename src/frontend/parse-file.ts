import { type Dockerfile, DockerfileError, type DockerfileErrorCode, parseDockerfile } from '@tsbuild/dockerfile'

/** Found before instructions are told apart, or while stages are put together: wrong with the file, not with an instruction. */
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

/** Parses the file of a build. An instruction that cannot be read is told with its line, as BuildKit does. Throws `DockerfileError`. */
export function parseFile({ name, text }: { readonly name: string; readonly text: string }): Dockerfile {
  try {
    return parseDockerfile(text, { name })
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error
    if (error.code !== 'ENCODING_UNSUPPORTED') throw withLine(error)
    const { code, message, hint } = error
    throw new DockerfileError(code, `cannot read "${name}": ${message}`, { cause: error, ...(hint !== undefined && { hint }) })
  }
}

function withLine(error: DockerfileError): DockerfileError {
  const { code, hint, message, range } = error
  const isOfFile = fileErrors.has(code) || /^Syntax error|^(?:ENV|LABEL) must have/.test(message)
  if (range === undefined || isOfFile) return error
  const details = { range, cause: error, ...(hint !== undefined && { hint }) }
  return new DockerfileError(code, `dockerfile parse error on line ${range.start.line}: ${message}`, details)
}
