import type { AttestationRequest } from '../../option-values.ts'
import type { BuildFlags } from './build-flags.ts'
import { parseCsv } from '../values/specs/csv.ts'
import { isBoolean, parseBoolean } from '../values/parse-boolean.ts'
import { UsageError } from '../invocation/usage-error.ts'

type Attest = {
  readonly source: string
  readonly type: AttestationRequest['type']
  readonly fields: Map<string, string>
}

const modes = ['min', 'max'] as const
const versions = ['v1', 'v0.2'] as const

/**
 * Attestations of `--attest`, `--provenance` and `--sbom`, and before them the build arguments
 * `BUILDKIT_ATTEST_<TYPE>`: of each type the last one, the shorthands after `--attest`;
 * `disabled=true` removes it. Throws `UsageError` for unknown types, for unknown keys of
 * provenance, and for bad values.
 */
export function parseAttestations(
  flags: Pick<BuildFlags, 'attest' | 'provenance' | 'sbom'>,
  args: Readonly<Record<string, string>> = {},
): readonly AttestationRequest[] {
  const texts = [
    ...Object.entries(args).flatMap(fromArgument),
    ...flags.attest,
    ...shorthand('provenance', flags.provenance),
    ...shorthand('sbom', flags.sbom),
  ]
  const byType = new Map(texts.map(parseAttest).map((attest) => [attest.type, attest]))
  return [...byType.values()].flatMap((attest) => {
    const disabled = take(attest, 'disabled', (what, text) => parseBoolean(what, text))
    if (disabled === true) return []
    return [attest.type === 'sbom' ? parseSbom(attest) : parseProvenance(attest)]
  })
}

/** `true` and `false` ask for a type or refuse it; anything else are its keys. */
function shorthand(type: AttestationRequest['type'], text: string | undefined): readonly string[] {
  if (text === undefined || text === '') return []
  return [isBoolean(text) ? `type=${type},disabled=${!parseBoolean(`--${type}`, text)}` : `type=${type},${text}`]
}

function fromArgument([name, value]: readonly [string, string]): readonly string[] {
  const [, type] = /^BUILDKIT_ATTEST_(.+)$/.exec(name) ?? []
  return type === undefined ? [] : [`type=${type.toLowerCase()}${value === '' ? '' : `,${value}`}`]
}

function parseAttest(source: string): Attest {
  const fields = new Map<string, string>()
  for (const field of parseCsv(source)) {
    const equals = field.indexOf('=')
    if (equals < 0) throw new UsageError(`invalid --attest "${field}" in "${source}": expected key=value`)
    const key = field.slice(0, equals)
    const word = key.trim().toLowerCase()
    fields.set(word === 'type' || word === 'disabled' ? word : key, field.slice(equals + 1))
  }
  const type = fields.get('type')
  fields.delete('type')
  if (type === undefined || type === '')
    throw new UsageError(`missing type in --attest "${source}": expected provenance or sbom`)
  if (type !== 'provenance' && type !== 'sbom') {
    throw new UsageError(`invalid --attest type "${type}": expected provenance or sbom`)
  }
  return { source, type, fields }
}

function parseSbom(attest: Attest): AttestationRequest {
  const generator = take(attest, 'generator', nonEmpty)
  return {
    type: 'sbom',
    ...(generator !== undefined && { generator }),
    parameters: Object.fromEntries(attest.fields),
  }
}

function parseProvenance(attest: Attest): AttestationRequest {
  const mode = take(attest, 'mode', (what, text) => parseChoice(what, text === 'full' ? 'max' : text, modes))
  const version = take(attest, 'version', (what, text) => parseChoice(what, text, versions))
  const builderId = take(attest, 'builder-id', (_, text) => text)
  const filename = take(attest, 'filename', nonEmpty)
  const reproducible = take(attest, 'reproducible', parseBoolean)
  const inlineOnly = take(attest, 'inline-only', parseBoolean)
  const completeMaterials = take(attest, 'complete-materials', parseBoolean)
  const [unknown] = attest.fields.keys()
  if (unknown !== undefined) {
    throw new UsageError(`unknown key "${unknown}" in --attest "${attest.source}"`)
  }
  return {
    type: 'provenance',
    ...(mode !== undefined && { mode }),
    ...(version !== undefined && { version }),
    ...(builderId !== undefined && { builderId }),
    ...(filename !== undefined && { filename }),
    ...(reproducible !== undefined && { reproducible }),
    ...(inlineOnly !== undefined && { inlineOnly }),
    ...(completeMaterials !== undefined && { completeMaterials }),
  }
}

/** Takes a key out of the fields, read by `read`; undefined where it is not given. */
function take<T>({ type, fields }: Attest, key: string, read: (what: string, text: string) => T): T | undefined {
  const text = fields.get(key)
  fields.delete(key)
  return text === undefined ? undefined : read(`--attest type=${type},${key}`, text)
}

function nonEmpty(what: string, text: string): string {
  if (text === '') throw new UsageError(`${what} cannot be empty`)
  return text
}

function parseChoice<T extends string>(what: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((word) => word === text)
  if (found === undefined) throw new UsageError(`invalid ${what} "${text}": expected one of ${allowed.join(', ')}`)
  return found
}
