import type { Digest } from '@tsbuild/oci'

/** Subject of a statement: a name and its digest. */
export interface Subject {
  /** A package URL, a file name, or `_` for what has no name. */
  readonly name: string
  readonly digest: Digest
}

/**
 * Something said, not yet about anything: subjects are put in when the image or the files exist.
 */
export interface Statement {
  /** URI that says how to read the predicate. */
  readonly predicateType: string
  /** A JSON value. */
  readonly predicate: unknown
  /** File name in outputs that are files, such as `provenance.json`. */
  readonly filename: string
}

/** Media type of a statement as a blob. */
export const statementMediaType = 'application/vnd.in-toto+json'

/**
 * A statement about its subjects in the in-toto Statement v1 layout, as JSON: compact, or indented
 * by so many spaces.
 */
export function encodeStatement(
  { predicateType, predicate }: Statement,
  subjects: readonly Subject[],
  indent?: number,
): Uint8Array {
  const document = {
    _type: 'https://in-toto.io/Statement/v1',
    predicateType,
    subject: subjects.map(({ name, digest }) => ({ name, digest: digestSet(digest) })),
    predicate,
  }
  return new TextEncoder().encode(JSON.stringify(document, undefined, indent))
}

function digestSet(digest: Digest): Readonly<Record<string, string>> {
  const colon = digest.indexOf(':')
  return { [digest.slice(0, colon)]: digest.slice(colon + 1) }
}
