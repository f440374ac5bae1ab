import { didYouMean, type Suggestion } from '@tsbuild/dockerfile'
import type { SecretSource } from '../../../option-values.ts'
import { parseFields } from './csv.ts'
import { UsageError } from '../../invocation/usage-error.ts'

const keys = ['id', 'src', 'env', 'type']
const usage = 'expected id=NAME with src=FILE or env=VARIABLE'

/**
 * A `--secret` value: `id=x[,src=path][,env=VAR][,type=file|env]`. Without `src` and `env` it is
 * the environment variable called like the id where there is one, else the file called like it.
 * Relative files are the caller's to resolve.
 */
export function parseSecret(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): readonly [id: string, source: SecretSource] {
  const fields = new Map<string, string>()
  for (const { key, value } of parseFields(text)) {
    const name = key === 'source' ? 'src' : key
    if (!keys.includes(name) || value === undefined) {
      const where = value === undefined && !text.includes('=') ? `"${text}"` : `"${key}" in "${text}"`
      throw new UsageError(`invalid --secret ${where}: ${usage}`, meant(text, key))
    }
    fields.set(name, value)
  }
  const id = fields.get('id')
  if (!id) throw new UsageError(`missing id in --secret "${text}": ${usage}`)
  return [id, chooseSource({ text, id, fields, env })]
}

function meant(text: string, key: string): Suggestion {
  if (/^[\w.-]+$/.test(text)) return { hint: `write --secret id=${text}` }
  return ['file', 'path'].includes(key) ? { hint: 'did you mean src?', suggestion: 'src' } : didYouMean(key, keys)
}

function chooseSource(secret: {
  readonly text: string
  readonly id: string
  readonly fields: ReadonlyMap<string, string>
  readonly env: Readonly<Record<string, string | undefined>>
}): SecretSource {
  const { id, fields } = secret
  const type = fields.get('type')
  const file = fields.get('src')
  const variable = fields.get('env')
  switch (type) {
    case 'env':
      // With type=env, `src` is a variable's name too.
      return { env: variable ?? file ?? id }
    case 'file':
      return { file: file ?? id }
    case undefined:
      if (variable !== undefined) return { env: variable }
      if (file !== undefined) return { file }
      return secret.env[id] === undefined ? { file: id } : { env: id }
    default:
      throw new UsageError(
        `invalid --secret type "${type}" in "${secret.text}": expected file or env`,
        didYouMean(type, ['file', 'env']),
      )
  }
}
